#!/bin/sh
# `sudo npm start [-- COMMAND …]`: prepares the checkout, then runs sockleak. The dashboard needs a terminal and
# root, and says so before anything is installed; every other command speaks for itself.
set -eu
cd "$(dirname "$0")/.."

# The one place that says what to do without a terminal (`list` will take over here).
refuse_without_terminal() {
  echo "cannot open the dashboard: standard output is not a terminal" >&2
  echo "hint: 'sudo npm start -- top --once' prints the screen as text," \
    "'sudo npm start --silent -- trace --json' prints events" >&2
  exit 3
}

refuse_without_root() {
  echo "cannot trace: bpftrace needs root, this is uid $(id -u)" >&2
  echo "hint: run 'sudo npm start', or ask 'npm start -- doctor' what this machine can do" >&2
  exit 3
}

# Whether these arguments open the dashboard: no command, or `top`, and neither --once nor a question for help.
opens_dashboard() {
  case ${1-top} in top | -*) ;; *) return 1 ;; esac
  for argument in "$@"; do
    case $argument in --once | -h | --help | -V | --version) return 1 ;; esac
  done
}

if opens_dashboard "$@"; then
  [ -t 1 ] || refuse_without_terminal
  [ "$(id -u)" = 0 ] || refuse_without_root
fi
sh scripts/prepare.sh
exec node dist/cli.js "$@"

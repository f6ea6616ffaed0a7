#!/bin/sh
# `sudo npm start [-- COMMAND …]`: prepares the checkout, then runs sockleak. The dashboard needs root for its probes, and
# says so before anything is installed; every other command speaks for itself. Without a terminal it is `list`.
set -eu
cd "$(dirname "$0")/.."

refuse_without_root() {
  echo "cannot trace: bpftrace needs root, this is uid $(id -u)" >&2
  echo "hint: run 'sudo npm start'; 'npm start -- list' shows what this user may see, 'npm start -- doctor' what is missing" >&2
  exit 3
}

# Whether these arguments open the dashboard: no command, or `top`, and neither --once nor a question for help.
opens_dashboard() {
  case ${1-top} in top | -*) ;; *) return 1 ;; esac
  for argument in "$@"; do
    case $argument in --once | -h | --help | -V | --version) return 1 ;; esac
  done
}

if [ -t 1 ] && opens_dashboard "$@"; then
  [ "$(id -u)" = 0 ] || refuse_without_root
fi
sh scripts/prepare.sh
exec node dist/cli.js "$@"

#!/bin/sh
# Makes a fresh clone ready: Node, system packages, tracefs, npm packages, dist. Says in a line what it does, and
# nothing where nothing is to do. All of it goes to stderr, since stdout may be somebody's pipe.
#
#   scripts/prepare.sh [tests|guests]     tests: the compilers of the programs under test/zoo and a browser, too
#                                         guests: what test/kernels boots its guests with, too (Debian only)
#
# Without root it does what it can and says what is missing. Exit 3: not possible on this machine.
set -eu
cd "$(dirname "$0")/.."
. scripts/invoker.sh

say() { echo "sockleak: $*" >&2; }

refuse() { # WHAT HINT
  echo "$1" >&2
  echo "hint: $2" >&2
  exit 3
}

# A user's PATH on Debian has no sbin, where some of the tools live.
PATH=$PATH:/usr/sbin:/sbin

check_node() {
  version=$(node --version 2>/dev/null) || version="no node at all"
  major=${version#v}
  major=${major%%.*}
  case $major in *[!0-9]* | "") major=0 ;; esac
  [ "$major" -ge 20 ] || refuse "cannot start: sockleak needs Node 20 or newer, found $version" \
    "install one with 'nvm install 20' or take the nodejs package of Debian 13, Ubuntu 25.04 or newer, then run this again"
}

tools="bpftrace ss setpriv"
if [ "${1:-}" = tests ]; then tools="$tools gcc g++ python3 javac rustc chromium go eu-addr2line llvm-symbolizer xz jq"; fi
if [ "${1:-}" = guests ]; then tools="$tools gcc qemu-system-x86_64 mmdebstrap mkfs.erofs busybox depmod xz"; fi

# Prints the commands that are missing.
missing_tools() {
  for tool in $tools; do
    command -v "$tool" >/dev/null || printf '%s ' "$tool"
  done
}

# The packages that bring the tools, by the names that a package manager has for what differs between them.
packages() { # IPROUTE SETPRIV COMPILER PYTHON JDK RUST CHROMIUM SYMBOLS
  case $tools in
    *qemu*) echo "bpftrace $1 $2 $3 qemu-system-x86 mmdebstrap erofs-utils busybox-static kmod xz-utils" ;;
    *javac*) echo "bpftrace $1 $2 $3 $4 $5 $6 $7 $8" ;;
    *) echo "bpftrace $1 $2" ;;
  esac
}

# The command that installs them here; nothing where the package manager is not known.
install_command() {
  if command -v apt-get >/dev/null; then
    echo "apt-get install $(packages iproute2 util-linux "gcc libc6-dev" python3 default-jdk-headless rustc chromium "g++ golang-go elfutils llvm xz-utils jq")"
  elif command -v dnf >/dev/null; then echo "dnf install $(packages iproute util-linux gcc python3 java-devel rust chromium "gcc-c++ golang elfutils llvm xz jq")"
  elif command -v zypper >/dev/null; then echo "zypper install $(packages iproute2 util-linux gcc python3 java-devel rust chromium "gcc-c++ go elfutils llvm xz jq")"
  elif command -v pacman >/dev/null; then echo "pacman -S $(packages iproute2 util-linux gcc python jdk-openjdk rust chromium "go elfutils llvm xz jq")"
  elif command -v apk >/dev/null; then echo "apk add $(packages iproute2 "util-linux setpriv" build-base python3 openjdk17 rust chromium "go elfutils llvm xz jq")"
  fi
}

install_tools() {
  missing=$(missing_tools)
  [ -n "$missing" ] || return 0
  how=$(install_command)
  if [ "$(id -u)" != 0 ]; then
    say "missing: ${missing% }; not installed, since that needs root (sudo npm start, or: ${how:-your package manager})"
    return 0
  fi
  command -v apt-get >/dev/null || refuse "cannot trace: missing ${missing% }" \
    "${how:-install bpftrace, iproute2 and util-linux with your package manager}, then run this again"
  wanted=${how#apt-get install }
  say "installing with apt-get: $wanted (missing: ${missing% })"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2 || say "apt-get update failed, trying with the lists that are there"
  # shellcheck disable=SC2086 # a list of names
  apt-get install -qq -y --no-install-recommends $wanted >&2 ||
    refuse "cannot trace: apt-get could not install $wanted (its message is above)" \
      "repair it with 'apt-get update && $how' (Ubuntu: bpftrace is in 'universe'), then run this again"
}

# tracefs is enough, at either place (bpftrace 0.17 measured): debugfs brings it along where it is mounted.
mount_tracefs() {
  [ "$(id -u)" = 0 ] || return 0
  if grep -qE '^[^ ]+ /sys/kernel/(debug/)?tracing tracefs ' /proc/mounts; then return 0; fi
  if [ -d /sys/kernel/debug/tracing/events ]; then return 0; fi # mounts itself when it is looked at
  say "mounting tracefs on /sys/kernel/tracing"
  mount -t tracefs tracefs /sys/kernel/tracing >&2 ||
    say "tracefs could not be mounted: 'sudo npm start -- doctor' says what that means"
}

# `npm install --no-save`, not `npm ci`: npm 11's ci refuses a lock file without the optional packages of platforms
# that the registry did not have. Versions and checksums come from the lock file in both, and it is not written.
# No install scripts: we may be root's child, and nothing needs them (esbuild's program is a package of its own).
install_packages() {
  stamp=node_modules/.package-lock.json
  if [ -e "$stamp" ] && [ -z "$(find package-lock.json package.json -newer "$stamp")" ]; then return 0; fi
  say "installing npm packages"
  as_invoker npm install --no-save --ignore-scripts --no-audit --no-fund --no-progress --no-update-notifier --loglevel=error \
    >/dev/null ||
    refuse "cannot start: npm could not install the packages (its message is above)" \
      "check the network and who owns node_modules, then run this again"
  as_invoker touch "$stamp" # npm leaves it alone when only package.json is newer
}

build() {
  stamp=dist/.built
  if [ -e "$stamp" ] && [ -z "$(find src scripts/build.ts scripts/bundle.ts package.json -newer "$stamp")" ]; then return 0; fi
  say "building dist"
  as_invoker npm run --silent build >&2 ||
    refuse "cannot start: the build failed (its message is above)" \
      "take an unchanged checkout; if the message is about rights: dist must be writable for uid $invoker_uid"
  as_invoker touch "$stamp"
}

check_node
install_tools
mount_tracefs
invoker_find .
install_packages
build

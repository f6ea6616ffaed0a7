#!/bin/sh
# `sudo npm test`: prepares the checkout, then lint, types, unused code, all tests. The last lines count the tests.
#
#   test/**/*.test.ts     two files at a time
#   test/live/*.test.ts   one at a time: they trace the whole machine. Only as root.
#   test/kernels          in guests, by `npm run test:kernels`; CI runs some of them
#   test/bench            by `npm run bench`; the tests of its own arithmetic are among the others
#
# Exit 1: something failed, or was skipped though this machine can trace. Exit 3: not root, so not all ran.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh tests
. scripts/invoker.sh
invoker_find .
PATH=$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 1777 "$scratch" # tests run programs as other users, which leave their coverage here too
: >"$scratch/counts.tap"
failed=""

step() { # NAME COMMAND …
  name=$1
  shift
  echo "sockleak: $name"
  "$@" || failed="$failed, $name"
}

# The spec reporter is for people; node's counts are taken from the tap one.
run_tests() { # CONCURRENCY FILE …
  concurrency=$1 pass_status=0
  shift
  NODE_V8_COVERAGE=$scratch/coverage node --import tsx --test --test-concurrency="$concurrency" --test-timeout=300000 \
    --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$scratch/pass.tap" "$@" || pass_status=$?
  cat "$scratch/pass.tap" >>"$scratch/counts.tap"
  return "$pass_status"
}

count() { # WHAT: sums node's own counts of both passes
  awk -v what="$1" '$1 == "#" && $2 == what && NF == 3 { sum += $3 } END { print sum + 0 }' "$scratch/counts.tap"
}

can_trace() { [ "$(id -u)" = 0 ] && command -v bpftrace >/dev/null; }

mkdir -m 1777 "$scratch/coverage"
# Where the output is a file, biome would still colour every letter of it.
colors=off
if [ -t 1 ]; then colors=force; fi
step lint as_invoker biome ci --colors="$colors"
step types as_invoker tsc -p .
step "types of the page" as_invoker tsc -p src/page
step "unused code" as_invoker knip
# No file name of ours holds a space: the lists may be split.
step tests run_tests 2 $(sh scripts/unit-tests.sh)
live=$(find test/live -name '*.test.ts' 2>/dev/null | sort)
if [ "$(id -u)" = 0 ] && [ -n "$live" ]; then step "live tests" run_tests 1 $live; fi
step coverage c8 report --temp-directory "$scratch/coverage"

skipped=$(count skipped)
if [ "$skipped" != 0 ]; then
  echo "skipped:"
  grep '# SKIP' "$scratch/counts.tap" | sed 's/^ *ok [0-9]* - /  /'
  if can_trace; then failed="$failed, tests were skipped though this machine can trace"; fi
fi
[ "$(count tests)" != 0 ] || failed="$failed, no test ran"
if [ -n "$failed" ]; then echo "FAILED: ${failed#, }"; fi
if [ "$(id -u)" != 0 ]; then echo "NOT ALL RAN: the live tests need root: sudo npm test"; fi
for what in tests pass fail cancelled skipped todo; do echo "# $what $(count "$what")"; done
echo "$(count pass) passed, $(($(count fail) + $(count cancelled))) failed, $skipped skipped"
[ -z "$failed" ] || exit 1
[ "$(id -u)" = 0 ] || exit 3

#!/bin/sh
# Prints the test files that need neither the whole machine (test/live) nor guests (test/kernels).
# No file name of ours holds a space: the list may be split.
cd "$(dirname "$0")/.."
find test -name '*.test.ts' ! -path 'test/live/*' ! -path 'test/kernels/*' | sort

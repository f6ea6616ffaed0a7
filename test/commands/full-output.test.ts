/** Standard output that takes nothing: a full disk is a failure, a reader that left is none. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const TSX = fileURLToPath(import.meta.resolve("tsx"));
const ARGV = ["--import", TSX, CLI, "--help"];

test("a full disk: 4, and why", () => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, ARGV, { stdio: ["ignore", full, "pipe"], encoding: "utf8" });
  closeSync(full);
  assert.equal(status, 4);
  assert.match(stderr, /^cannot write to standard output: ENOSPC/);
});

test("a reader that left: nothing is said", () => {
  const script = '{ "$@"; echo "$?" >&2; } | true';
  const { stderr } = spawnSync("sh", ["-c", script, "sh", process.execPath, ...ARGV], { encoding: "utf8" });
  assert.equal(stderr, "0\n");
});

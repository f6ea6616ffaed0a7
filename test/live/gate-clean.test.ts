/** Clean suites pass, as often as they are run: pools, keep-alive, graceful and abrupt ends, signals. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { program } from "./gate/gate.ts";
import { CLI } from "./sockleak.ts";

/** As many rounds of all as fit into about a minute. */
const MS = 60_000;
const suite = (name: string) => program(`suites/${name}`);
const SUITES: readonly (readonly [command: readonly string[], code: number])[] = [
  [["python3", suite("keep_alive.py")], 0],
  [["python3", suite("keep_alive.py"), "kill"], 0],
  [[process.execPath, suite("keep-alive.mjs")], 0],
  [[process.execPath, suite("keep-alive.mjs"), "abrupt"], 0],
  [[process.execPath, suite("keep-alive.mjs"), "exit"], 0],
  [["timeout", "-s", "KILL", "1.2", "python3", "-m", "http.server", "0", "--bind", "127.0.0.1"], 137],
  [["timeout", "-s", "INT", "1.2", "python3", "-m", "http.server", "0", "--bind", "127.0.0.1"], 124],
];

test("clean suites are green every time", () => {
  const endMs = performance.now() + MS;
  let rounds = 0;
  for (; rounds === 0 || performance.now() < endMs; rounds++) {
    for (const [command, code] of SUITES) {
      const { status, stderr } = spawnSync(process.execPath, [CLI, "run", "--", ...command], { encoding: "utf8" });
      assert.equal(status, code, `${command.join(" ")}, round ${rounds + 1}: ${stderr}`);
      assert.match(stderr, /^sockleak: nothing leaked: /m, command.join(" "));
    }
  }
});

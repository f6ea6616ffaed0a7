import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { descendantsOf } from "../../src/host/descendants.ts";
import { localHost } from "../../src/host/local.ts";

test("children of children are found, and a process that is gone has none", async () => {
  const outer = spawn("sh", ["-c", "sh -c 'sleep 60 & echo $$ $!; wait'; true"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(outer.stdout, "data")) as [Buffer];
  const pids = line.toString().trim().split(" ").map(Number);
  const found = await descendantsOf(localHost, outer.pid as number);
  for (const pid of pids) process.kill(pid, "SIGTERM");
  await once(outer, "close");
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(found.has(pid), `${pid} of ${[...found]}`);
  assert.deepEqual(await descendantsOf(localHost, outer.pid as number), new Set());
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listenForMarks, sendMark } from "../../src/recording/mark-desk.ts";
import { folder } from "./temporary.ts";

test("a mark reaches every recorder, and one that is gone is forgotten", async () => {
  const dir = join(folder(), "run");
  const heard: string[] = [];
  const servers = [
    await listenForMarks("1", (text) => heard.push(`1 ${text}`), dir),
    await listenForMarks("2", (text) => heard.push(`2 ${text}`), dir),
  ];
  assert.deepEqual([...(await sendMark("deploy\nstarted", dir))].sort(), ["1", "2"]);
  assert.deepEqual(heard.sort(), ["1 deploy started", "2 deploy started"]);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(await sendMark("nobody hears", dir), []);
});

test("a text is bounded, and a socket that a killed recorder left is removed", async () => {
  const dir = join(folder(), "run");
  const heard: string[] = [];
  const server = await listenForMarks("1", (text) => heard.push(text), dir);
  await sendMark("x".repeat(10_000), dir);
  assert.deepEqual(
    heard.map((text) => text.length),
    [500],
  );
  await new Promise((resolve) => server.close(resolve));
  const left = join(dir, "7.sock");
  // As a kill leaves it: nobody listens, and the name is there.
  execFileSync("python3", ["-c", `import socket; socket.socket(socket.AF_UNIX).bind("${left}")`]);
  assert.ok(existsSync(left));
  assert.deepEqual(await sendMark("is anybody there", dir), []);
  assert.ok(!existsSync(left));
});

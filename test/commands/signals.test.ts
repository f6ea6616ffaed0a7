/** Signals that are for recorders, sent to somebody else. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

test("SIGUSR1 opens no debugger, SIGUSR2 ends nothing", async () => {
  const argv = ["--import", import.meta.resolve("tsx"), CLI, "list", "--watch", "100ms", "--comm", "none-of-this-name"];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  await once(child.stdout, "data");
  child.kill("SIGUSR1");
  child.kill("SIGUSR2");
  await once(child.stdout, "data");
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  assert.deepEqual([code, said], [0, ""]);
});

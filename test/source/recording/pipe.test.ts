import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const BYTES = fileURLToPath(new URL("../../../src/source/recording/bytes.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sockleak-pipe-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Begins to read, and ends in the turn after. */
const SCRIPT = `
const { bytesOf } = await import(process.argv[1]);
const reading = bytesOf(process.argv[2], { bytesRead: 0, cut: null }).next();
const first = await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 100, "waits"))]);
console.log(first);
process.exit(0);
`;

test("a FIFO that nobody writes to is waited for, and keeps no process from ending", () => {
  const fifo = join(folder, "fifo");
  spawnSync("mkfifo", [fifo]);
  const argv = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", SCRIPT, BYTES, fifo];
  const { status, stdout } = spawnSync(process.execPath, argv, { encoding: "utf8", timeout: 30_000 });
  assert.deepEqual([status, stdout], [0, "waits\n"]);
});

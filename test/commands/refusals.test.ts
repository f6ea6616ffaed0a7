/** What cannot be done is said before anything is begun, by the program as people start it. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { filterOf } from "../../src/commands/filter.ts";
import { localHost } from "../../src/host/local.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const NODE = [process.execPath, "--import", fileURLToPath(import.meta.resolve("tsx")), CLI] as const;
const folder = mkdtempSync(join(tmpdir(), "sockleak-refusals-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function sockleak(...args: readonly string[]) {
  const [node, ...rest] = NODE;
  return spawnSync(node, [...rest, ...args], { encoding: "utf8", timeout: 60_000 });
}

/** pid_max is at most this less one (include/linux/threads.h). */
const NO_PID = 4_194_304;
const DAMAGED = join(folder, "damaged.ndjson.gz");
writeFileSync(DAMAGED, Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));

const REFUSED: readonly (readonly [argv: string, status: number, words: RegExp])[] = [
  ["list --watch 0s", 2, /must be more than 0/],
  ["record x --census 0s", 2, /must be more than 0/],
  ["record x --rotate-age 0s", 2, /must be more than 0/],
  ["record x --ring 0s", 2, /must be more than 0/],
  ["record x --ring 10m --rotate-age 1h", 2, /^--rotate-age does not go with --ring/],
  ["record - --keep 3", 2, /^--keep is of files/],
  ["record - --force", 2, /^--force is of files/],
  ["help nope", 2, /^unknown command "nope"/],
  [`list --pid ${NO_PID}`, 3, /^--pid 4194304: there is no such process/],
  ["report --for 1s -o /nowhere/report.txt", 3, /^cannot write \/nowhere\/report.txt: no such file or directory$/m],
  ["run --junit /nowhere/x.xml -- true", 2, /^cannot write \/nowhere\/x.xml: no such file or directory$/m],
  ["list --netns 17", 3, /^--netns 17: no such namespace was found here/],
  [`report ${join(folder, "none")}`, 3, /^cannot read .*none: no such file or directory$/m],
  [`report ${DAMAGED}`, 4, /damaged.ndjson.gz: it (is damaged|ends in the middle)/],
];

for (const [argv, status, words] of REFUSED) {
  test(`sockleak ${argv.replaceAll(folder, "")}: ${status}`, () => {
    const { stdout, stderr, status: code } = sockleak(...argv.split(" "));
    assert.match(stderr, words);
    assert.deepEqual([code, stdout], [status, ""]);
  });
}

test("a thread's id names its process", async () => {
  const [node] = NODE;
  const script =
    "new (require('worker_threads').Worker)('setInterval(() => {}, 1e6); require(\"fs\").writeSync(1, \"up\")', { eval: true })";
  const child = spawn(node, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const tids = (await localHost.listDir(`/proc/${child.pid}/task`)).map(Number).filter((tid) => tid !== child.pid);
  await assert.rejects(filterOf({ pid: tids[0] as number }, localHost), {
    message: `--pid ${tids[0]}: that is a thread of process ${child.pid}`,
  });
  assert.deepEqual(await filterOf({ pid: child.pid as number }, localHost), { pid: child.pid });
  child.kill("SIGKILL");
});

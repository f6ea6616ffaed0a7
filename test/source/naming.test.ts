/** Names of code paths, as events of the stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Unnumbered } from "../../src/model/event.ts";
import type { SiteEvent } from "../../src/model/site.ts";
import { Naming, type StackNamer } from "../../src/source/naming.ts";

const site = (number: number): Unnumbered<SiteEvent> => ({
  ...{ type: "site", atUs: 1, site: number, pid: 4121, did: "connect", ip: "1", near: ["2"], chain: [] },
});
const frames = [{ address: "2", function: "dial", file: "net.c", line: 12, object: "/app", offset: 2 }];

function naming(name: StackNamer["name"] = async () => ({ frames, notes: [] })) {
  const told: Unnumbered[] = [];
  const asked: number[] = [];
  const counting: StackNamer["name"] = (stack) => {
    asked.push(stack.pid);
    return name(stack);
  };
  const seen: number[] = [];
  const namer = { see: (pid: number) => void seen.push(pid), name: counting, end: async () => {} };
  const made = new Naming(namer, { tell: (events) => told.push(...events), clock: () => ({ atUs: 7 }) });
  return { naming: made, told, asked, seen };
}

const path = (number: number): Unnumbered => ({
  ...{ type: "path", atUs: 2, sock: "s1", local: null, remote: null, netns: null, inode: null, role: "opened" },
  site: number,
});

test("all sites of a process are asked for when a socket of it is told, each once; it was looked at before", async () => {
  const { naming: of, told, asked, seen } = naming();
  of.note([site(41), site(42)]);
  assert.deepEqual([seen, asked], [[4121], []]);
  of.note([path(41), path(41), path(7), site(43), site(43)]);
  await of.end();
  assert.deepEqual([seen, asked], [[4121], [4121, 4121, 4121]]);
  assert.deepEqual(
    told,
    [41, 42, 43].map((number) => ({ type: "symbol", atUs: 7, site: number, frames, notes: [] })),
  );
});

test("the latest threads that opened sockets of a process are told with its stacks", async () => {
  const tids: unknown[] = [];
  const { naming: of } = naming(async (stack) => {
    tids.push(stack.tids);
    return { frames, notes: [] };
  });
  const open = (tid: number, pid = 4121): Unnumbered => ({
    ...{ type: "open", atUs: 2, sock: "s1", local: null, remote: null, netns: null, inode: null, fd: 7 },
    ...{ pid, tid, comm: "java", how: "accept", queuedUs: null, learned: "sys_exit_accept" },
  });
  of.note([site(41), path(41), open(1), open(9, 812), open(2)]);
  of.note([...[3, 4, 5, 6, 7, 8, 1, 9].map((tid) => open(tid)), site(42)]);
  await of.end();
  assert.deepEqual(tids, [
    [1, 2],
    [3, 4, 5, 6, 7, 8, 1, 9],
  ]);
});

test("the end does not wait for a name that never comes", async () => {
  const { naming: of, told } = naming(() => new Promise(() => {}));
  of.note([site(41), path(41)]);
  await of.end();
  assert.deepEqual(told, []);
});

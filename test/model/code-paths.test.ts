import assert from "node:assert/strict";
import { test } from "node:test";
import { CodePaths, SITES_LIMIT } from "../../src/model/code-paths.ts";
import { Endpoint } from "../../src/model/endpoint.ts";
import type { SiteEvent, SymbolEvent } from "../../src/model/site.ts";

const STAMP = { atUs: 1, seq: 1 };
const NONE = new Map<string, Endpoint>();
const site = (number: number): SiteEvent => ({
  ...STAMP,
  type: "site",
  site: number,
  pid: 4121,
  did: "accept",
  ip: "1",
  near: ["2"],
  chain: [],
});

test("a site gets its names and its counts, whichever comes first", () => {
  const code = new CodePaths();
  const frames = [{ address: "2", function: "dial", file: "net.c", line: 12, object: "/app", offset: 2 }];
  const standing = [{ tid: 4130, name: "main", frames }];
  const symbol: SymbolEvent = { ...STAMP, type: "symbol", site: 41, frames, notes: ["n"], standing };
  code.apply(symbol, NONE);
  code.apply(site(41), NONE);
  assert.equal(code.view().sites.get(41)?.frames, null);
  code.apply(symbol, NONE);
  const opened = [{ site: 41, count: 40 }];
  const closed = [
    { opened: 41, site: 43, count: 30 },
    { opened: 41, site: 44, count: 7 },
    { opened: 99, site: 44, count: 7 },
  ];
  code.apply({ ...STAMP, type: "paths", opened, closed, unsited: 3 }, NONE);
  const view = code.view();
  assert.deepEqual(view.sites.get(41), {
    ...{ site: 41, pid: 4121, did: "accept", frames, notes: ["n"], standing, opened: 40 },
    closed: [
      { site: 43, count: 30 },
      { site: 44, count: 7 },
    ],
  });
  assert.deepEqual([view.unsited, view.counted], [3, true]);
  assert.equal(code.view(), view);
});

test("counts that stand still are none", () => {
  const code = new CodePaths();
  code.apply({ ...STAMP, type: "paths", opened: [{ site: 41, count: 40 }], closed: [], unsited: 0 }, NONE);
  code.apply({ ...STAMP, type: "paths", opened: [], closed: [], unsited: 9, overrun: true }, NONE);
  code.apply({ ...STAMP, type: "paths", opened: [], closed: [], unsited: 10 }, NONE);
  assert.deepEqual([code.view().counted, code.view().unsited], [false, 10]);
});

test("a path belongs to a socket that stands", () => {
  const code = new CodePaths();
  const of = new Endpoint({ sock: "s1", atUs: 1 }, 0);
  const sockets = new Map([["s1", of]]);
  const path = { ...STAMP, type: "path", local: null, remote: null, netns: null, inode: null } as const;
  code.apply({ ...path, sock: "s1", role: "opened", site: 41 }, sockets);
  code.apply({ ...path, sock: "s1", role: "last-used", site: 42 }, sockets);
  code.apply({ ...path, sock: "s2", role: "opened", site: 43 }, sockets);
  of.phase = "ended";
  code.apply({ ...path, sock: "s1", role: "eof-read", site: 44 }, sockets);
  assert.deepEqual([of.openedAt, of.lastUsedAt, of.eofReadAt], [41, 42, -1]);
});

test("what finds no room is counted", () => {
  const code = new CodePaths();
  for (let number = 1; number <= SITES_LIMIT + 23; number++) code.apply(site(number), NONE);
  assert.equal(code.view().sites.size, SITES_LIMIT);
  assert.equal(code.view().unsited, 23);
});

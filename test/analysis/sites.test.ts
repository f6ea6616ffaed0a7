/** Code paths of a finding: who leaks, who does not, and what tells nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../src/analysis/finding.ts";
import { notesOf, sitesUnknownOf } from "../../src/analysis/site-notes.ts";
import { sitesOf } from "../../src/analysis/sites.ts";
import type { CodeView, SiteView } from "../../src/model/code-paths.ts";
import type { Frame } from "../../src/model/site.ts";
import type { SocketView } from "../../src/model/snapshot.ts";
import { finding } from "./made-findings.ts";
import { judged, socket } from "./sockets.ts";

const frame = (name: string): Frame => ({
  ...{ address: "1", function: name, file: "app.c", line: 80, object: "/app", offset: 1 },
});
function site(number: number, name: string | null, over: Partial<SiteView> = {}): SiteView {
  const frames = name === null ? null : [frame(name)];
  return { site: number, pid: 4121, did: "accept", frames, notes: [], standing: [], opened: 0, closed: [], ...over };
}
function code(...sites: readonly SiteView[]): CodeView {
  return { sites: new Map(sites.map((of) => [of.site, of])), unsited: 0, counted: true };
}
const many = (count: number, over: Partial<SocketView>) =>
  Array.from({ length: count }, () => judged(61, { socket: socket(over) }));

test("the path that leaks comes first, with what was opened along it and where its like are closed", () => {
  const view = code(
    site(1, "take_upload", { opened: 40, closed: [{ site: 9, count: 17 }] }),
    site(2, "take_download", { opened: 40, closed: [{ site: 9, count: 39 }] }),
    site(9, "handle_ok"),
  );
  const [first, second] = sitesOf([...many(1, { openedAt: 2 }), ...many(23, { openedAt: 1 })], view);
  assert.deepEqual([first?.leaked, first?.opened, first?.dispatcher], [23, 40, false]);
  assert.deepEqual(first?.frames, [frame("take_upload")]);
  assert.deepEqual(first?.closedAt, [{ frames: [frame("handle_ok")], count: 17 }]);
  assert.deepEqual([second?.leaked, second?.frames?.[0]?.function], [1, "take_download"]);
});

test("an accept loop through which everything goes is a dispatcher", () => {
  const view = code(site(1, "accept_loop", { opened: 1_000, closed: [{ site: 9, count: 977 }] }), site(9, "handle"));
  assert.equal(sitesOf(many(23, { openedAt: 1, side: "accept" }), view)[0]?.dispatcher, true);
  const nothingClosed = code(site(1, "accept_loop", { opened: 23 }));
  assert.equal(sitesOf(many(23, { openedAt: 1, side: "accept" }), nothingClosed)[0]?.dispatcher, true);
});

test("a client's only path is one if it closes some, and the culprit if it closes none", () => {
  const closing = code(site(1, "fetch", { opened: 40, closed: [{ site: 9, count: 17 }] }));
  const closingNone = code(site(1, "fetch", { opened: 23 }));
  const leaked = many(23, { openedAt: 1, side: "connect" });
  assert.equal(sitesOf(leaked, closing)[0]?.dispatcher, true);
  assert.equal(sitesOf(leaked, closingNone)[0]?.dispatcher, false);
});

test("another process's paths say nothing of this one's", () => {
  const view = code(site(1, "accept_loop", { opened: 46 }), site(2, "fetch", { opened: 5, pid: 812 }));
  assert.equal(sitesOf(many(23, { openedAt: 1, side: "accept" }), view)[0]?.dispatcher, true);
});

test("one path under several numbers is one path", () => {
  const view = code(site(1, "accept_loop", { opened: 3 }), site(2, "accept_loop", { opened: 20 }));
  const [only, ...others] = sitesOf([...many(3, { openedAt: 1 }), ...many(20, { openedAt: 2 })], view);
  assert.deepEqual([only?.leaked, only?.opened, only?.dispatcher, others.length], [23, 23, true, 0]);
});

test("roles are apart; what is not resolved or not counted is not made up", () => {
  const view = { ...code(site(1, null)), counted: false };
  const sites = sitesOf(many(23, { openedAt: 1, lastUsedAt: 7 }), view);
  assert.deepEqual(
    sites.map(({ role, leaked, opened, dispatcher, frames }) => ({ role, leaked, opened, dispatcher, frames })),
    [
      { role: "opened", leaked: 23, opened: null, dispatcher: false, frames: null },
      { role: "last-used", leaked: 23, opened: null, dispatcher: false, frames: null },
    ],
  );
});

test("no socket with a path: no site", () => {
  assert.deepEqual(sitesOf(many(23, {}), code(site(1, "main"))), []);
});

const OWNER = { pid: 4121, tid: 4121, comm: "java", fd: 7, learned: "security_sock_graft" } as const;

test("why no path is known, and when one is to be expected", () => {
  const unknown = (over: Partial<Finding>) => sitesUnknownOf(finding({ sites: [], sitesAsked: true, ...over }));
  assert.equal(
    unknown({}),
    "opened before probes were attached, so on which code path is not known; the next is to be expected in about 50 s",
  );
  assert.equal(
    unknown({ growth: { perHour: null, why: "too few" } }),
    "opened before probes were attached, so on which code path is not known",
  );
  assert.match(
    unknown({ sockets: many(1, { owner: OWNER }) }) ?? "",
    /^opened without a code path: while probes were being attached, by io_uring/,
  );
  assert.equal(unknown({ kind: "never-accepted" }), null);
  assert.equal(unknown({ sitesAsked: false }), null);
});

test("of those counted, how many have no path: what is not counted says nothing", () => {
  const before = { owner: { ...OWNER, learned: "census" } } as const;
  const [sited, missed] = [many(3, { openedAt: 1 }), many(2, { owner: OWNER })];
  const sockets = [...sited, ...many(20, before), ...missed, ...many(9, before)];
  const unknown = (count: number) => sitesUnknownOf(finding({ sitesAsked: true, count, sockets }));
  assert.equal(unknown(3), null);
  assert.equal(unknown(23), "20 of 23 opened before probes were attached, so on which code path is not known");
  assert.match(unknown(25) ?? "", /^20 of 25 opened before [^;]*; 2 of 25 opened without a code path: /);
});

test("notes: each once, and that not all were told a path", () => {
  const [plain, sampled] = [site(1, "a", { notes: ["x", "y"] }), site(2, "b", { notes: ["y", "z"] })];
  const notes = (unsited: number) =>
    notesOf(sitesOf([...many(2, { openedAt: 1 }), ...many(1, { openedAt: 2 })], { ...code(plain, sampled), unsited }));
  assert.deepEqual(notes(0), ["x", "y", "z"]);
  assert.deepEqual(notes(4).slice(0, 3), ["x", "y", "z"]);
  assert.match(notes(4)[3] ?? "", /not every opening and closing was told a path/);
});

test("the threads that opened what leaked, most first, and where they stood: a hint", () => {
  const fetch: Frame = { ...frame("Shop.fetch"), file: "Shop.java", line: 44, object: null };
  const accept: Frame = { ...frame("java.net.ServerSocket.accept"), object: null };
  const standing = [
    { tid: 1, name: "main", frames: [] },
    { tid: 2, name: "exec-3", frames: [accept, fetch] },
    { tid: 3, name: "idle", frames: [] },
  ];
  const by = (tid: number, count: number) => many(count, { openedAt: 1, owner: { ...OWNER, tid } });
  const sites = sitesOf([...by(1, 2), ...by(2, 3)], code(site(1, "connect0", { standing })));
  assert.deepEqual(
    sites[0]?.standing.map(({ name, leaked }) => [name, leaked]),
    [
      ["exec-3", 3],
      ["main", 2],
    ],
  );
  assert.deepEqual(notesOf(sites), [
    "a hint only: thread exec-3, which opened 3 of these, stood at Shop.fetch (Shop.java:44) when it was asked",
    "thread main opened 2 of these",
  ]);
  const unsaid = sitesOf(
    many(2, { openedAt: 1, owner: { ...OWNER, tid: 1, learned: "census" } }),
    code(site(1, "c", { standing })),
  );
  assert.deepEqual(unsaid[0]?.standing, []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Paths } from "../../src/source/paths.ts";

const AT = { atUs: 7 };
const SITE = {
  tag: "site",
  cpu: 0,
  ns: 1,
  site: 41,
  pid: 4121,
  did: 2,
  frames: 2,
  ip: 0x7f00,
  words: 0,
} as const;
const frame = (at: number, address: number, site = 41) => ({ tag: "frame", cpu: 0, ns: 1, site, at, address }) as const;

test("a site is told with all of its frames, or not at all", () => {
  const paths = new Paths();
  for (const one of [frame(0, 0xabc), frame(1, -1)]) paths.frame(one);
  assert.deepEqual(paths.site(SITE, AT), {
    ...AT,
    type: "site",
    site: 41,
    pid: 4121,
    did: "connect",
    ip: "7f00",
    near: [],
    chain: ["abc", "ffffffffffffffff"],
  });
  paths.frame(frame(1, 0xdef));
  assert.equal(paths.site(SITE, AT), undefined);
});

test("words higher up come with their places, and with their own site", () => {
  const paths = new Paths();
  const word = (at: number, address: number, site: number) =>
    ({ tag: "word", cpu: 0, ns: 1, site, at, address }) as const;
  for (const one of [word(119, 0xabc, 41), word(7, 0xddd, 42), word(177, -1, 41)]) paths.word(one);
  const { words, near } = paths.site({ ...SITE, frames: 0, words: 2 }, AT) ?? {};
  assert.deepEqual(near, ["abc", "ffffffffffffffff"]);
  assert.deepEqual(words, [
    { at: 119, address: "abc" },
    { at: 177, address: "ffffffffffffffff" },
  ]);
  assert.equal(paths.site({ ...SITE, frames: 0 }, AT)?.words, undefined);
  paths.word(word(7, 0xddd, 41));
  assert.equal(paths.site({ ...SITE, frames: 0, words: 2 }, AT), undefined, "one is lost");
});

test("counts are told when they change, summed over the CPUs, and go on after a new bpftrace", () => {
  const paths = new Paths();
  const opens = (...rows: [key: number[], count: number][]) =>
    paths.counts(
      "@opens",
      rows.map(([key, count]) => ({ key, count })),
    );
  opens([[0, 0], 0], [[0, 41], 5], [[1, 41], 2]);
  paths.counts("@closes", [{ key: [0, 41, 43], count: 3 }]);
  const closed = [{ opened: 41, site: 43, count: 3 }];
  assert.deepEqual(paths.take(AT), { ...AT, type: "paths", opened: [{ site: 41, count: 7 }], closed, unsited: 0 });
  assert.equal(paths.take(AT), undefined);
  paths.unsited(9);
  paths.reset();
  opens([[0, 41], 1]);
  assert.deepEqual(paths.take(AT), { ...AT, type: "paths", opened: [{ site: 41, count: 8 }], closed: [], unsited: 9 });
});

test("with more paths than are counted it is said once, and with all that follows", () => {
  const paths = new Paths();
  paths.pairs(999);
  assert.equal(paths.take(AT), undefined);
  paths.pairs(1_000);
  assert.deepEqual(paths.take(AT), { ...AT, type: "paths", opened: [], closed: [], unsited: 0, overrun: true });
  assert.equal(paths.take(AT), undefined);
  paths.unsited(1);
  assert.equal(paths.take(AT)?.overrun, true);
});

test("frames without their site, and rows of another shape, cost no memory and tell nothing", () => {
  const paths = new Paths();
  for (let site = 1; site < 5_000; site++) paths.frame(frame(0, 1, site));
  paths.counts("@opens", [{ key: [41], count: 5 }]);
  paths.counts("@others", [{ key: [0, 41], count: 5 }]);
  assert.equal(paths.take(AT), undefined);
});

/** Which words of a stack are frames: a table, a column for each rule. Functions are letters, addresses begin with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { believe, type Look, type Site } from "../../src/symbols/believe.ts";

/** Each function is 256 bytes long; libc is L, M and K. */
const START: Readonly<Record<string, number>> = {
  L: 0x1000,
  M: 0x1100,
  K: 0x1200,
  A: 0x2000,
  B: 0x2100,
  C: 0x2200,
  D: 0x2300,
};
/** Return addresses by name: where they are, and what is called before them ("?": only running it tells). */
const WORDS: Readonly<Record<string, readonly [where: string, calls: string]>> = {
  inL: ["L", ""],
  inD: ["D", ""],
  inM: ["M", ""],
  L1: ["L", "M"],
  a: ["A", "accept"],
  a2: ["A", "write"],
  a3: ["A", "getline"],
  a4: ["A", "?"],
  b: ["B", "A"],
  b2: ["B", "?"],
  c: ["C", "B"],
  c2: ["C", "A"],
  d: ["D", "C"],
  d2: ["D", "A"],
  q: ["L", "?"],
  e: ["D", "accept"],
  e2: ["C", "D"],
  k: ["K", "M"],
  s: ["D", "close"],
  made: ["made", ""],
  data: ["data", ""],
  noCall: ["C", "no call"],
};
/** Of what is not exported nobody knows the name. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  L: ["__libc_accept", "accept"],
  M: [],
  K: ["__close", "close"],
};
const names = Object.keys(WORDS);

const look: Look = (address): Site | undefined => {
  const [where = "data", calls = ""] = WORDS[names[address] ?? ""] ?? [];
  if (where === "data") return undefined;
  if (where === "made")
    return {
      address,
      libc: false,
      within: null,
      behindCall: null,
      called: null,
      jumpsTo: () => false,
      answersTo: () => false,
    };
  const called = START[calls] ?? (["accept", "write", "getline", "close"].includes(calls) ? calls : null);
  const within = { start: START[where] ?? 0, names: NAMES[where] ?? [where] };
  const jumpsTo = (aim: { names: readonly string[] }) => calls === "A" && aim.names.includes("accept");
  // Within libc, getline jumps on to what accept is called here.
  const answersTo = (name: string) => where === "L" && name === "getline";
  return { address, libc: "LMK".includes(where), within, behindCall: calls !== "no call", called, jumpsTo, answersTo };
};

const CASES: readonly (readonly [why: string, ip: string, near: string, chain: string, frames: string])[] = [
  ["the caller that frame pointers skip, then theirs", "inL", "a", "b c", "a b c"],
  ["libc's own words come first", "inL", "L1 a", "b", "a b"],
  ["libc makes the call in a function below the one that was called", "inM", "L1 a2 a b", "", "a b"],
  ["what an earlier close left behind calls what libc makes all calls through", "inM", "k s L1 a b", "", "a b"],
  ["without frame pointers, callers are shown by what they call", "inL", "a b c d", "", "a b c d"],
  ["a stale word between them calls something else", "inL", "a d b c", "", "a b c"],
  ["two words claim to be the caller: neither is", "inL", "a b c2", "", "a"],
  ["the same caller twice is one", "inL", "a b b", "", "a b"],
  ["an indirect call shows nothing", "inL", "a b2", "", "a"],
  ["a word that calls the very function we are in goes before a nearer one", "inL", "a2 a b", "", "a b"],
  ["a function that jumped to libc has left no frame", "inL", "b c", "", "b c"],
  ["a word that calls what cannot have led here is stale", "inL", "d b", "", "b"],
  ["a function of libc that jumps on within libc", "inL", "a3 b", "", "a3 b"],
  ["a word that calls another function of libc is stale", "inL", "a2", "", ""],
  ["the first may have called through a pointer", "inL", "a4 b", "", "a4 b"],
  ["a later one may not", "inL", "a2 a4", "", ""],
  ["the chain decides between two claims", "inL", "a d2 c2", "b c", "a b c"],
  ["the chain's first is there already", "inL", "a", "a b c", "a b c"],
  ["the chain ends where memory is not code", "inL", "a", "b data c", "a b"],
  ["the chain ends where no call was", "inL", "a", "b noCall d", "a b"],
  ["a function without a frame pointer leaves a hole in the chain", "inL", "a", "c d", "a c d"],
  ["behind which the calls go on, or the chain is none", "inL", "a", "c c2", "a"],
  ["nor is it where one word alone is left", "inL", "a", "d", "a"],
  ["the chain goes through made code", "inL", "a", "b made d", "a b made d"],
  ["libc within the chain is left out", "inL", "a", "b q e", "a b e"],
  ["words that are no code, or behind no call", "inL", "data noCall a", "", "a"],
  ["the program makes its own system calls", "inD", "", "e2", "inD e2"],
  ["then words must show that they called it", "inD", "a b", "", "inD"],
  ["nothing is known", "data", "", "", ""],
];

for (const [why, ip, near, chain, frames] of CASES) {
  test(why, () => {
    const words = (text: string) =>
      text
        .split(" ")
        .filter(Boolean)
        .map((name) => names.indexOf(name));
    const stack = { near: words(near), chain: words(chain), exact: [] };
    const found = believe({ did: "accept", ip: names.indexOf(ip), ...stack }, look);
    assert.deepEqual(found.map((address) => names[address]).join(" "), frames);
  });
}

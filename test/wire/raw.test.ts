import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withFilter } from "../../src/source/probe-filter.ts";
import { ATTACHMENTS, scriptFile } from "../../src/source/script.ts";
import { SITES_FILE } from "../../src/source/sites.ts";
import { decodeRaw, RAW_FIELDS, type RawTag } from "../../src/wire/raw.ts";

const SK = -131387331821376;
const state: readonly unknown[] = ["state", 1, 1593277876111, SK, 2, 1, 55476, 50057, 4026531833, 43100, "::1", "::1"];

test("a transition is decoded with the kernel's names of states", () => {
  assert.deepEqual(decodeRaw(state), {
    tag: "state",
    cpu: 1,
    ns: 1593277876111,
    sk: SK,
    from: "SYN_SENT",
    to: "ESTABLISHED",
    lport: 55476,
    rport: 50057,
    netns: 4026531833,
    inode: 43100,
    local: "::1",
    remote: "::1",
  });
});

test("64-bit values that a newer bpftrace prints as strings are the same numbers", () => {
  const asText = state.map((value) => (typeof value === "number" ? String(value) : value));
  assert.deepEqual(decodeRaw(asText), decodeRaw(state));
});

const BROKEN: readonly [string, unknown][] = [
  ["no array", { 0: "state" }],
  ["an unknown tag", ["mystery", 1, 2]],
  ["a tag of the prototype", ["constructor", 1]],
  ["a field too few", state.slice(0, -1)],
  ["a field too many", [...state, 1]],
  ["no such state", state.with(5, 99)],
  ["a fraction", state.with(2, 1.5)],
  ["a text that is no number", state.with(2, "1f")],
  ["an address that is no text", state.with(10, 7)],
  ["null for a number", state.with(3, null)],
];
for (const [name, data] of BROKEN) {
  test(`${name} is refused`, () => assert.equal(decodeRaw(data), undefined));
}

/** Fields in the header, counted without what is optional in a line of prose. */
function headerFields(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const tag of Object.keys(RAW_FIELDS)) {
    // A tuple within the tuple is in brackets.
    const line = new RegExp(`^ \\*   ${tag} +(cpu ns[a-z0-9 [\\]]*?)(?:  |$)`, "m").exec(text);
    if (line?.[1] !== undefined) found.set(tag, line[1].replace(/[[\]]/g, "").trim().split(" "));
  }
  return found;
}

/** The tuples that a script prints: tag → how many fields follow it. */
function printedTuples(text: string): [string, number][] {
  const code = text.replace(/\/\*[\s\S]*?\*\//, "").replace(/\/\/.*$/gm, "");
  return [...code.matchAll(/print\(\(([\s\S]*?)\)\);/g)].map(([, tuple = ""]) => {
    let depth = 0;
    let fields = 1;
    for (const char of tuple) {
      if (char === "(" || char === "[") depth++;
      if (char === ")" || char === "]") depth--;
      if (char === "," && depth === 0) fields++;
    }
    const nested = tuple.includes("@book[") ? BOOK_FIELDS - 1 : 0;
    return [/^"(\w+)"/.exec(tuple)?.[1] ?? "?", fields - 1 + nested];
  });
}

/** Of the tuple that the map @book holds of each socket. */
const BOOK_FIELDS = 7;
const LEAN_ONLY = ["opened", "suspect", "closer"];
const FULL_ONLY = ["connect", "accept", "read", "shutdown", "pulse"];
/** Of followed processes: source/follow.ts writes them into lean scripts. */
const FOLLOW_ONLY = ["listens", "exits"];
const SITES_ONLY = ["path", "frame", "word", "site"];
const fieldsBut = (tags: readonly string[]) =>
  Object.fromEntries(Object.entries(RAW_FIELDS).filter(([tag]) => !tags.includes(tag)));

test("the headers of the probes specify the same fields as the decoder", () => {
  const header = headerFields(readFileSync(scriptFile("tracepoint"), "utf8"));
  assert.deepEqual(Object.fromEntries(header), fieldsBut([...LEAN_ONLY, ...SITES_ONLY, ...FOLLOW_ONLY]));
  const sites = headerFields(readFileSync(SITES_FILE, "utf8"));
  assert.deepEqual([...sites.keys()].sort(), SITES_ONLY.toSorted());
  for (const [tag, fields] of sites) assert.deepEqual(fields, RAW_FIELDS[tag as RawTag]);
  for (const attachment of ATTACHMENTS) {
    const lean = headerFields(readFileSync(scriptFile(attachment, "lean"), "utf8"));
    // The lines that both modes print are described once.
    assert.deepEqual(
      Object.fromEntries(lean),
      fieldsBut([...FULL_ONLY, ...SITES_ONLY, ...FOLLOW_ONLY, "state", "close", "destroy"]),
      attachment,
    );
  }
  const follow = headerFields(readFileSync(new URL("../../src/source/follow.ts", import.meta.url), "utf8"));
  assert.deepEqual([...follow.keys()], FOLLOW_ONLY);
  for (const [tag, fields] of follow) assert.deepEqual(fields, RAW_FIELDS[tag as RawTag]);
});

for (const attachment of ATTACHMENTS) {
  for (const [mode, others] of [
    ["full", LEAN_ONLY],
    ["lean", FULL_ONLY],
  ] as const) {
    test(`${mode}-${attachment}.bt prints every tuple of its mode, each with its fields`, () => {
      const tuples = printedTuples(readFileSync(scriptFile(attachment, mode), "utf8"));
      for (const [tag, fields] of tuples) assert.equal(fields, RAW_FIELDS[tag as RawTag]?.length, tag);
      assert.deepEqual(
        new Set(tuples.map(([tag]) => tag)),
        new Set(Object.keys(fieldsBut([...others, ...SITES_ONLY, ...FOLLOW_ONLY]))),
      );
    });
  }
  test(`lean-${attachment}.bt that follows prints what it prints, and of processes`, () => {
    const text = readFileSync(scriptFile(attachment, "lean"), "utf8");
    const tuples = printedTuples(withFilter(text, { filter: { follow: true }, mode: "lean" }));
    for (const [tag, fields] of tuples) assert.equal(fields, RAW_FIELDS[tag as RawTag]?.length, tag);
    assert.deepEqual(
      new Set(tuples.map(([tag]) => tag)),
      new Set(Object.keys(fieldsBut([...FULL_ONLY, ...SITES_ONLY]))),
    );
  });
}

test("sites.bt prints every tuple of its own, each with its fields", () => {
  const tuples = printedTuples(readFileSync(SITES_FILE, "utf8"));
  for (const [tag, fields] of tuples) assert.equal(fields, RAW_FIELDS[tag as RawTag]?.length, tag);
  assert.deepEqual(new Set(tuples.map(([tag]) => tag)), new Set(SITES_ONLY));
});

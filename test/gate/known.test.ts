import assert from "node:assert/strict";
import { test } from "node:test";
import { printBaseline } from "../../src/commands/run/baseline.ts";
import { parseSuppressions } from "../../src/commands/run/suppressions.ts";
import type { GateFinding } from "../../src/gate/judge.ts";
import { excuseOf } from "../../src/gate/known.ts";
import { finding, site } from "../analysis/made-findings.ts";

const FRAME = { address: "1", function: "take", file: "src/pool.ts", line: 12, object: null, offset: null };
const SITE = site({ frames: [FRAME] });
const GATE: GateFinding = {
  finding: finding({
    id: "java eof-unread connect :443",
    kind: "eof-unread",
    side: "connect",
    peers: [
      { addr: "10.0.3.4", port: 443, count: 3 },
      { addr: "10.0.3.5", port: 443, count: 1 },
    ],
    sites: [SITE],
  }),
  program: "java shop.jar",
  processes: 1,
  doubtful: false,
  exited: 4,
};

function excuse(toml: string, baseline: readonly string[] = []) {
  const suppressions = parseSuppressions(`[[suppress]]\nreason = "because"\n${toml}\n`, "s.toml");
  return excuseOf(GATE, { baseline: new Set(baseline), suppressions });
}

// What it names, and whether all of it holds.
const TABLE: readonly (readonly [string, boolean])[] = [
  [`kind = "eof-unread"`, true],
  [`kind = "no-holder"`, false],
  [`program = "java *"`, true],
  [`program = "java"`, false],
  [`peer = "10.0.0.0/8"`, true],
  [`peer = "10.0.3.4"`, false], // half of its sockets
  [`port = 443`, true],
  [`port = 80`, false],
  [`site = "src/pool.ts:*"`, true],
  [`site = "take"`, true],
  [`site = "src/other.ts:*"`, false],
  [`id = "java eof-unread *"`, true],
  [`kind = "eof-unread"\nport = 80`, false],
  [`kind = "eof-unread"\nport = 443\npeer = "10.0.3.0/24"`, true],
];

test("a suppression is one where all that it names holds of all sockets", () => {
  for (const [toml, holds] of TABLE) assert.equal(excuse(toml)?.by, holds ? "suppression" : undefined, toml);
});

test("a reason goes before a baseline, which knows ids", () => {
  assert.deepEqual(excuse(`kind = "no-holder"`, [GATE.finding.id]), { by: "baseline" });
  assert.equal(excuse(`kind = "eof-unread"`, [GATE.finding.id])?.by, "suppression");
  assert.equal(excuse(`kind = "no-holder"`, ["another"]), null);
});

test("a file with a mistake is refused, and says where", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [`[[suppress]]\nkind = "eof-unread"`, /suppression 1: it has no reason/],
    [`[[suppress]]\nreason = " "\nkind = "eof-unread"`, /it has no reason/],
    [`[[suppress]]\nreason = "x"`, /names none of/],
    [`[[suppress]]\nreason = "x"\nkin = "eof-unread"`, /"kin" is none of/],
    [`[[suppress]]\nreason = "x"\nkind = "leak"`, /kind is one of/],
    [`[[suppress]]\nreason = "x"\nport = "80"`, /port is a number/],
    [`[[suppress]]\nreason = "x"\npeer = "localhost"`, /peer is an address/],
    [`[[supress]]\nreason = "x"`, /"supress" is none/],
    [`suppress = 1`, /written as \[\[suppress\]\]/],
    [`[[suppress]`, /s\.toml: /],
  ];
  for (const [toml, why] of refused) assert.throws(() => parseSuppressions(toml, "s.toml"), why, toml);
  assert.deepEqual(parseSuppressions("", "s.toml"), []);
});

test("a baseline is the same whatever the order, and one line an entry", () => {
  const entries = [
    { id: "b", kind: "eof-unread", count: 2 },
    { id: "a", kind: "eof-ignored", count: 1 },
  ];
  const text = printBaseline(entries);
  assert.equal(text, printBaseline(entries.toReversed()));
  assert.deepEqual(JSON.parse(text), { schema: 1, findings: [entries[1], entries[0]] });
  assert.equal(text.split("\n").filter((line) => line.includes('"id"')).length, 2);
  assert.deepEqual(JSON.parse(printBaseline([])), { schema: 1, findings: [] });
});

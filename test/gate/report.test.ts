/** What the gate prints, over names that want to be more than names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "@sinclair/typebox/value";
import { type GateDocument, gateDocument } from "../../src/gate/document.ts";
import { analysisOf, type GateFinding } from "../../src/gate/judge.ts";
import { FINDINGS_SCHEMA } from "../../src/report/findings-schema.ts";
import { renderAnnotations } from "../../src/report/gate/annotations.ts";
import { renderJunit } from "../../src/report/gate/junit.ts";
import { renderGate } from "../../src/report/gate/text.ts";
import { culprit, finding, site } from "../analysis/made-findings.ts";
import { snapshot } from "../analysis/sockets.ts";

const HOSTILE = `a%b\r\n::error::x,y:z]]>&"'<\u0001\u001b[2J`;

const FRAME = { address: "1", function: "handle", file: "/repo/src/a,b:c.ts", line: 12, object: "/bin/api", offset: 1 };
const SWITCH = 'JavaScript functions: start it with NODE_OPTIONS="--perf-basic-prof"';
const SITE = site({ frames: [FRAME], notes: [SWITCH] });

function made(
  over: { readonly why?: readonly string[]; readonly fails?: boolean; readonly exitCode?: number } = {},
): GateDocument {
  const { why = [], fails = true, exitCode = 1 } = over;
  const gate: GateFinding = {
    finding: finding({ id: HOSTILE, process: culprit({ comm: HOSTILE, args: [HOSTILE] }), sites: [SITE] }),
    program: HOSTILE,
    processes: 3,
    doubtful: false,
    exited: 1,
  };
  const weighed = [{ gate, excuse: null, fails }];
  const run = {
    command: ["npm", "test"],
    outcome: { how: "exited", code: 0 },
    exitCode,
    olderThanMs: 1_000,
    unused: { baseline: ["gone"], suppressions: [] },
  } as const;
  const document = gateDocument(weighed, {
    analysis: analysisOf([gate], { why, text: "said", observations: [] }),
    snapshot: snapshot(),
    run,
  });
  return document;
}

test("the document is a findings document, and more", () => {
  const document: unknown = JSON.parse(JSON.stringify(made()));
  assert.deepEqual([...Value.Errors(FINDINGS_SCHEMA, document)], []);
});

test("an annotation is one line and one command, whatever a name says", () => {
  const text = renderAnnotations(made({ why: ["14 events lost"] }), { root: "/repo" });
  const lines = text.trimEnd().split("\n");
  assert.equal(lines.length, 2, text);
  assert.match(lines[0] ?? "", /^::error file=src\/a%2Cb%3Ac\.ts,line=12,title=socket leak%3A eof-unread::a%25b/);
  assert.equal(lines[1], "::warning title=sockleak::incomplete: 14 events lost");
  assert.match(renderAnnotations(made({ fails: false }), { root: "/" }), /^::warning file=/);
});

test("JUnit XML is well formed, and counts", () => {
  const text = renderJunit(made({ why: ["14 events lost"] }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 may not hold
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f]/);
  assert.match(text, /<testsuite name="sockleak" tests="2" failures="1" errors="1" skipped="0"/);
  assert.match(text, /<error type="incomplete" message="incomplete: 14 events lost"\/>/);
  assert.match(text, /name="a%b\\\\?r\\\\?n::error::x,y:z\]\]&gt;&amp;&quot;&apos;&lt;/);
  const tags = [...text.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)].filter(([, , , selfClosed]) => selfClosed === "");
  const open: string[] = [];
  for (const [, closes, name = ""] of tags) {
    if (closes === "") open.push(name);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
  assert.ok(text.includes(SWITCH.replaceAll('"', "&quot;")), text);
  assert.match(renderJunit(made({ fails: false })), /failures="0" errors="0" skipped="1"/);
});

test("the report marks each line as its own, and says what the code means", () => {
  const text = renderGate(made(), { allowIncomplete: false });
  for (const line of text.trimEnd().split("\n")) assert.match(line, /^sockleak: [ -~…]*$/);
  assert.match(text, /opened at handle \(.*c\.ts:12\)/);
  assert.match(text, /3 processes, one of them 4121: /);
  assert.ok(text.includes(SWITCH), text);
  assert.match(text, /baseline entry that met nothing: gone/);
  assert.match(text, /sockleak: exit 1\n$/);
  const green = renderGate(made({ why: ["14 events lost"], exitCode: 125 }), { allowIncomplete: false });
  assert.match(green, /incomplete: 14 events lost\n(.*\n)*sockleak: exit 125: .*--allow-incomplete/);
});

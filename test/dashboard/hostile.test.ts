/** Names that would take over the terminal, on every screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Analysis } from "../../src/analysis/finding.ts";
import { renderOnce } from "../../src/dashboard/once.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { AT_US, analysis, judged, leaker, snapshot, socket, suspect } from "./sample.ts";
import { open, type TestTerminal } from "./terminal.ts";

/** Raw, and how it begins on a screen that has room for it. */
const NAMES = [
  ['a"b', 'a"b'],
  ["two\nlines", "two\\nlines"],
  ["\x1b[2J\x1b[31m", "\\x1b[2J\\x1b[31m"],
  ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
  ["\x1b[?25h\x1b[?1049l", "\\x1b[?25h\\x1b[?1049l"],
  ["\x9b2J\x0e", "\\x9b2J\\x0e"],
  ["{red-fg}x{/}", "{red-fg}x{/}"],
  ["日本語", "\\u{65e5}\\u{672c}\\u{8a9e}"],
  ["%s%n%d", "%s%n%d"],
  ["\u202egnp.exe", "\\u{202e}gnp.exe"],
  ["a\u0301\u200bb", "a\\u{301}\\u{200b}b"],
  ["x".repeat(200), "xxxxxxxxxxxxxxx"],
] as const;

/** A picture with the name in every place where a name, or text from outside, can be. */
function pictureOf(name: string): { snapshot: Snapshot; analysis: Analysis } {
  const steps = [{ atUs: AT_US, what: "open" as const, text: `accept by 1/1 ${name} fd 7`, afterGap: true }];
  const remote = { addr: name, port: 1 };
  const one = judged(socket(1, { steps, remote }), { because: `held by ${name}` });
  const bad = suspect(4121, name, {
    leaked: 1,
    sockets: [one],
    peers: [
      { ...remote, count: 1 },
      { addr: name, port: 0, count: 1 },
    ],
  });
  const base = snapshot();
  const [ending] = base.endings;
  const frame = { address: "1", function: name, file: name, line: 1, object: name, offset: 1 };
  const site = {
    site: 1,
    pid: 4121,
    did: "accept",
    frames: [frame],
    notes: [name],
    standing: [],
    opened: 1,
    closed: [],
  } as const;
  assert.ok(base.recording && ending);
  return {
    snapshot: snapshot({
      recording: { ...base.recording, host: name },
      gaps: { count: 1, lost: 1, unknown: 0, last: { atUs: AT_US, text: name } },
      ended: name,
      code: { sites: new Map([[1, site]]), unsited: 0, counted: true },
      endings: [{ ...ending, where: remote }],
    }),
    analysis: analysis([bad, leaker(1)], {
      text: `${name.slice(0, 60)} 4121 leaks 1 socket`,
      complete: false,
      why: [name],
    }),
  };
}

const modesOf = ({ screen }: TestTerminal) => ({ ...screen.modes, buffer: screen.buffer.active.type });

for (const [name, shown] of NAMES) {
  test(`${JSON.stringify(name.slice(0, 20))} is text on every screen`, async () => {
    const tame = open([200, 50], { snapshot: () => pictureOf("tame"), status: () => "tame" });
    const wild = open([200, 50], { snapshot: () => pictureOf(name), status: () => name });
    for (const key of ["", "\r", "\r", "\t", "\t", "\t", "h"]) {
      for (const { terminal } of [tame, wild]) terminal.press(key);
      const mark =
        { "": /\[sockets\]/, "\r": /\[sockets\]/, "\t": /\[(sites|endings|gaps)\]/, h: /^Keys/m }[key] ?? /never/;
      await Promise.all([tame, wild].map(({ terminal }) => terminal.until(mark)));
      await Promise.all([tame, wild].map(({ terminal }) => terminal.painted()));
      assert.ok(wild.terminal.text().includes(shown), wild.terminal.text());
      assertSameElsewhere(wild.terminal, tame.terminal, shown);
      assert.deepEqual(modesOf(wild.terminal), modesOf(tame.terminal));
      assert.deepEqual(wild.terminal.titles, []);
    }
    for (const { close } of [tame, wild]) close();
    // All that was ever written, less what blessed itself writes: no byte of the name came through.
    assert.equal(controlsOf(wild.terminal), controlsOf(tame.terminal));
  });

  test(`${JSON.stringify(name.slice(0, 20))} is text for --once`, () => {
    const text = renderOnce({ ...pictureOf(name), columns: 200, rows: 50, status: name });
    assert.ok(text.includes(shown));
    assert.match(text, /^[ -~\n▁-█]*$/);
    for (const line of text.split("\n")) assert.ok(line.length <= 200);
  });
}

/** Rows in which neither name stands are the same on both screens, and so is how many there are of the others. */
function assertSameElsewhere(wild: TestTerminal, tame: TestTerminal, shown: string): void {
  const start = shown.slice(0, 6);
  tame.lines().forEach((line, y) => {
    const other = wild.lines()[y] ?? "";
    if (line.includes("tame")) assert.ok(other.includes(start), `row ${y}: ${other}`);
    else assert.equal(other, line);
  });
}

/** Kinds of control that were written: colours, moves and the rest, without their numbers. */
function controlsOf({ raw }: TestTerminal): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const kinds = raw.match(/\x1b\[\?\d+[a-z]|\x1b\[[\d;]*[A-Za-z]|\x1b.|[^\x1b -~\u2580-\u28ff]/g) ?? [];
  const nameless = kinds.map((kind) => (kind.startsWith("\x1b[?") ? kind : kind.replace(/\d+/g, "n")));
  return [...new Set(nameless)].sort().join(" ");
}

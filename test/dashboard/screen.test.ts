/** What a person sees, and what the keys do. Pictures: fixtures/screens/. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ask } from "../../src/dashboard/screen.ts";
import { analysis, codePaths, detailOf, GAPS, leaker, series, snapshot, suspect, suspects } from "./sample.ts";
import { assertScreen, open } from "./terminal.ts";

const shown = ({ pid }: Ask = {}) => ({
  snapshot: snapshot({ detail: pid === undefined ? null : detailOf(pid) }),
  analysis: analysis(),
});

const UP = "\x1b[A";
const DOWN = "\x1b[B";
const [RED, GREY] = [1, 244];

test("80x24", async () => {
  const { terminal, close } = open([80, 24], { snapshot: shown });
  assertScreen("80x24", await terminal.painted());
  assert.equal(terminal.colourOf("4121 python3"), -1, "the chosen row is inverse");
  assert.equal(terminal.colourOf("880 java"), RED);
  assert.equal(terminal.colourOf("2002 node"), GREY);
  assert.equal(terminal.colourOf("77 nginx"), -1);
  terminal.press(DOWN);
  await terminal.until(/^> {3}880/m);
  assert.equal(terminal.colourOf("4121 python3"), RED);
  close();
});

test("200x50: with a chart, and the timeline beside the sockets", async () => {
  const { terminal, close } = open([200, 50], { snapshot: shown });
  assertScreen("200x50", await terminal.painted());
  close();
});

test("a terminal made too small says so, and everything is back when it has grown", async () => {
  const { terminal, close } = open([80, 24], { snapshot: shown });
  const before = await terminal.painted();
  terminal.press("j");
  await terminal.until(/^> {3}880/m);
  terminal.press("k");
  await terminal.until((text) => text === before);
  terminal.resize(20, 5);
  assertScreen("20x5", await terminal.until(/too small: 20x5/));
  terminal.resize(200, 50);
  await terminal.until(/ESTABLISHED 1,539 .*\n(.*\n)*.*quit *$/);
  terminal.resize(80, 24);
  assert.equal(await terminal.until((text) => text === before), before);
  close();
});

test("losses, a dead source and an ended stream are loud", async () => {
  const picture = snapshot({ gaps: GAPS, ended: "the recording ends here" });
  const { terminal, close } = open([80, 24], {
    snapshot: () => ({ snapshot: picture, analysis: analysis() }),
    status: () => "bpftrace died: killed by SIGKILL, again in 2 s",
  });
  await terminal.painted();
  for (const text of [
    "bpftrace died: killed",
    "ENDED: the recording",
    "LOST 17 events in 2 gaps (1 of unknown size); 12 s ago",
  ]) {
    assert.equal(terminal.colourOf(text), RED);
  }
  close();
});

test("Tab shows the code paths, who closed first, then what is missing, then the sockets again", async () => {
  const why = ["17 events lost", "no reads are traced"];
  const picture = {
    snapshot: snapshot({ gaps: GAPS, illegalMoves: 3, code: codePaths() }),
    analysis: analysis(suspects(), { complete: false, why }),
  };
  const { terminal, close } = open([80, 24], { snapshot: () => picture });
  await terminal.painted();
  terminal.press("\t");
  assertScreen("80x24-sites", await terminal.until(/\[sites\]/));
  terminal.press("\t");
  assertScreen("80x24-endings", await terminal.until(/\[endings\]/));
  terminal.press("\t");
  assertScreen("80x24-gaps", await terminal.until(/\[gaps\]/));
  terminal.press("\t");
  await terminal.until(/\[sockets\]/);
  terminal.press("\x1b[Z");
  await terminal.until(/\[gaps\]/);
  close();
});

test("Enter goes into the sockets, then to a whole timeline; Esc goes back", async () => {
  const { terminal, close } = open([80, 24], { snapshot: shown });
  await terminal.painted();
  terminal.press("\r");
  terminal.press("jj");
  assertScreen("80x24-sockets", await terminal.until(/^> +82s CLOSE_WAIT/m));
  terminal.press("\r");
  await terminal.until(/127\.0\.0\.1:40003 .*\n.*\n +\+0\.000 s +84 s ago {2}LISTEN -> SYN_RECV$/m);
  terminal.press("j");
  await terminal.until(/^127\.0\.0\.1:8080 -> 127\.0\.0\.1:40004/m);
  terminal.press("\x1b");
  await terminal.until(/^> +81s CLOSE_WAIT/m);
  terminal.press("\x1b[D");
  terminal.press(DOWN);
  await terminal.until(/^> {3}880/m);
  close();
});

test("the help is the table of keys", async () => {
  const { terminal, close } = open([80, 24], { snapshot: shown });
  const before = await terminal.painted();
  terminal.press("h");
  assertScreen("80x24-help", await terminal.until(/^Keys/m));
  terminal.press("?");
  await terminal.until((text) => text === before);
  close();
});

test("s sorts by the next column, r reverses, and the chosen process stays chosen", async () => {
  const { terminal, close } = open([80, 24], { snapshot: shown });
  await terminal.painted();
  terminal.press("s");
  await terminal.until(/2002 node[\s\S]*>! 4121/);
  terminal.press("r");
  await terminal.until(/>! 4121[\s\S]*2002 node/);
  terminal.press(`${"rs".repeat(7)}s`);
  await terminal.until(/vCOMM/);
  assert.deepEqual(order(terminal.text()), ["process", "java", "nginx", "node", "python3", "sshd"]);
  assert.match(terminal.text(), /^>! 4121/m);
  close();
});

function order(text: string): string[] {
  const words = /^[> ][! ](?:\s*\d+ |no )(sshd|python3|node|nginx|java|process)/gm;
  return [...text.matchAll(words)].map(([, word]) => word ?? "");
}

test("the choice stays on its process when rows move, goes to the next when it is gone; its sockets are asked for", async () => {
  const asked: (number | undefined)[] = [];
  let rows = suspects();
  const { terminal, close } = open([80, 24], {
    snapshot: ({ pid }) => {
      asked.push(pid);
      return { snapshot: snapshot({ detail: pid === undefined ? null : detailOf(pid) }), analysis: analysis(rows) };
    },
    refreshMs: 5,
  });
  await terminal.until(/\[sockets\].*python3 4121: 26 sockets/);
  assert.deepEqual(asked.slice(0, 2), [undefined, 4121]);
  terminal.press(DOWN);
  await terminal.until(/^> {3}880 java[\s\S]*java 880: 3 sockets/m);
  rows = rows.toReversed();
  await terminal.until(/sshd[\s\S]*^> {3}880 java[\s\S]*python3/m);
  rows = rows.filter(({ pid }) => pid !== 880);
  await terminal.until(/^>! 4121[\s\S]*python3 4121: 26 sockets/m);
  close();
});

test("pausing holds the picture: no snapshot is taken until it goes on", async () => {
  let taken = 0;
  const { terminal, close } = open([80, 24], {
    snapshot: () => {
      taken += 1;
      return { snapshot: snapshot(), analysis: analysis(suspects(), { text: `picture ${taken}` }) };
    },
    refreshMs: 5,
  });
  await terminal.until(/picture 4/);
  terminal.press(" ");
  await terminal.until(/PAUSED/);
  const held = taken;
  terminal.press(DOWN);
  await terminal.until(/^> {3}880/m);
  terminal.press(UP);
  await terminal.until(/^>! 4121/m);
  assert.equal(taken, held);
  assert.match(terminal.text(), new RegExp(`picture ${held}\\b`));
  terminal.press("p");
  await terminal.until(new RegExp(`picture ${held + 3}\\b`));
  close();
});

test("5,000 processes: only the visible rows are painted; pages and ends are reached", async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => suspect(10_000 + i, `worker-${i}`, { leaked: 1, live: 1 }));
  const { terminal, close } = open([80, 24], {
    snapshot: () => ({ snapshot: snapshot(), analysis: analysis([leaker(), ...many]) }),
  });
  await terminal.painted();
  assert.ok((terminal.raw.match(/worker-/g) ?? []).length < 24);
  terminal.press("\x1b[6~");
  await terminal.until(/^> +1000\d worker-/m);
  terminal.press("\x1b[F");
  await terminal.until(/^> +14999 worker-[\s\S]*worker-4999 14999: 0 sockets/m);
  terminal.press("\x1b[5~");
  await terminal.until(/^> +1498\d worker-/m);
  terminal.press("\x1b[H");
  await terminal.until(/^>! 4121/m);
  close();
});

test("nothing yet: no process, no history", async () => {
  const nothing = {
    series: series(1, () => 0),
    byState: {},
    recording: null,
    attachment: null,
    mode: null,
    endings: [],
    oldestCloseWaitUs: null,
  };
  const text = "nothing leaked: 0 opened, 0 closed, watched 1 s, complete";
  const well = analysis([], { verdict: "clean", text, oldestCloseWaitMs: null });
  const { terminal, close } = open([120, 40], { snapshot: () => ({ snapshot: snapshot(nothing), analysis: well }) });
  await terminal.painted();
  assert.match(terminal.text(), /not attached[\s\S]*nothing leaked: 0 opened[\s\S]*CLOSE_WAIT 0: \[/);
  for (const key of [DOWN, "\r", DOWN, "\t", DOWN, "\t", "\t", "s", "r"]) terminal.press(key);
  await terminal.until(/\^SUSPECT[\s\S]*\[gaps\]/);
  close();
});

test("a history of zeros has a scale", async () => {
  const zeros = snapshot({ series: series(2, () => 0) });
  const { terminal, close } = open([120, 40], { snapshot: () => ({ snapshot: zeros, analysis: analysis() }) });
  assert.match(await terminal.painted(), / 0 +⡇/);
  assert.doesNotMatch(terminal.text(), /NaN|undefined|Infinity/);
  close();
});

test("where the terminal shows no UTF-8, nothing else is written", async () => {
  const { terminal, close } = open([120, 40], { snapshot: shown, lang: "C" });
  assert.match(await terminal.painted(), /over 4 min 11 s: \[[ .:=+*#@-]+\]/);
  close();
  assert.ok([...terminal.raw].every((char) => char <= "~"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { helpPage, hintLine } from "../../src/dashboard/help.ts";
import { BINDINGS, REPLAY_BINDINGS } from "../../src/dashboard/keys.ts";

const textOf = (line: readonly { readonly text: string }[]) => line.map(({ text }) => text).join("");

test("help longer than the screen is told page by page, each key once or more", () => {
  const seen = new Set<string>();
  for (let first = 0; ; ) {
    const { lines, page, maxScroll } = helpPage({ replay: true, first, page: 20 });
    assert.equal(lines.length, 21);
    for (const line of lines) seen.add(textOf(line));
    assert.match(textOf(lines[0] ?? []), first < maxScroll ? /more below/ : /more above/);
    if (first >= maxScroll) break;
    first = Math.min(maxScroll, first + page);
  }
  for (const { shown, help } of [...BINDINGS, ...REPLAY_BINDINGS]) {
    assert.ok(
      [...seen].some((line) => line.includes(shown) && line.includes(help)),
      shown,
    );
  }
});

test("how to get help and out is told at any width", () => {
  for (const replay of [false, true]) {
    for (const columns of [60, 80, 200]) {
      const line = textOf(hintLine(columns, { replay }));
      assert.match(line, /h help +q quit/);
      assert.ok(line.trimEnd().length <= columns);
    }
  }
});

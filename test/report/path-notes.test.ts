/** What is not known of code paths, and the switch that would tell: said in every rendering of the findings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { documentOf } from "../../src/analysis/document.ts";
import type { Finding } from "../../src/analysis/finding.ts";
import type { FindingsDocument } from "../../src/analysis/findings-document.ts";
import { renderMarkdown } from "../../src/report/findings-markdown.ts";
import { cards } from "../../src/report/html/cards.ts";
import { renderList } from "../../src/report/list-text.ts";
import { SWITCHES } from "../../src/symbols/jit/runtime.ts";
import { analysisOf, finding, site } from "../analysis/made-findings.ts";
import { snapshot } from "../analysis/sockets.ts";

const FRAME = { address: "1", function: "uv__accept", file: null, line: null, object: "/usr/bin/node", offset: 1 };

function documentWith(over: Partial<Finding>): FindingsDocument {
  return documentOf(analysisOf([finding(over)]), snapshot());
}

const textOf = (document: FindingsDocument) => renderList(document, { columns: 80, ascii: true });

/** Each as its reader gets it: of markdown and HTML without their escapes. */
const RENDERINGS: Readonly<Record<string, (document: FindingsDocument) => string>> = {
  text: textOf,
  markdown: (document) => renderMarkdown(document).replace(/\\(.)/g, "$1"),
  html: (document) => cards(document).replaceAll("&quot;", '"').replaceAll("&#39;", "'"),
  json: (document) => JSON.stringify(document).replaceAll('\\"', '"'),
};
const flat = (text: string) => text.replace(/\s+/g, " ");

for (const [name, render] of Object.entries(RENDERINGS)) {
  for (const [runtime, words] of Object.entries(SWITCHES)) {
    test(`${name}: the switch for ${runtime}, unbroken`, () => {
      const told = render(documentWith({ sites: [site({ frames: [FRAME], notes: [words] })] }));
      assert.ok(told.includes(words), told);
    });
  }

  test(`${name}: leaked before we came, and when one with a path is to be expected`, () => {
    const before = "opened before probes were attached, so on which code path is not known";
    const told = flat(render(documentWith({ sitesAsked: true })));
    assert.ok(told.includes(`${before}; the next is to be expected in about 50 s`), told);
    assert.ok(!flat(render(documentWith({ sitesAsked: false }))).includes("before probes"));
  });

  test(`${name}: a dispatcher is called one`, () => {
    const told = render(documentWith({ sites: [site({ frames: [FRAME], dispatcher: true })] }));
    assert.ok(told.includes("dispatcher"), told);
  });

  if (name !== "json")
    test(`${name}: that not all were told a path`, () => {
      const told = render(documentWith({ sites: [site({ frames: [FRAME], sampled: true })] }));
      assert.ok(flat(told).includes("not every opening and closing was told a path"), told);
    });
}

test("text: the first three notes, and how many more; whatever they say, a line each", () => {
  const notes = ["a\nb", "\u001b[2J", "x".repeat(9_999), "fourth", "fifth"];
  const lines = textOf(documentWith({ sites: [site({ frames: [FRAME], notes })] })).split("\n");
  assert.ok(lines.includes("  a\\nb") && lines.includes("  \\x1b[2J"), lines.join("\n"));
  assert.ok(lines.includes("  2 more notes on code paths, in --json"), lines.join("\n"));
  assert.ok(lines.every((line) => line.length <= 242));
});

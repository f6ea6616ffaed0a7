/** Flame graphs of code paths: what flamegraph.pl and speedscope are given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse } from "../../src/analysis/analyse.ts";
import { documentOf } from "../../src/analysis/document.ts";
import type { DocumentFinding, DocumentSite, FindingsDocument } from "../../src/analysis/findings-document.ts";
import { renderFolded, renderSpeedscope } from "../../src/report/stacks.ts";
import { finding, site } from "../analysis/made-findings.ts";
import { snapshot } from "../analysis/sockets.ts";

const frame = (name: string, line: number) => ({
  ...{ address: "1", function: name, file: "/src/app.c", line, object: "/app", offset: 1 },
});
const path = (leaked: number, over: Partial<DocumentSite> = {}) =>
  site({ leaked, opened: 40, frames: [frame("dial", 12), frame("main", 99)], ...over });

function documentWith(sites: readonly DocumentSite[], over: Partial<DocumentFinding> = {}): FindingsDocument {
  const analysis = { ...analyse(snapshot({})), findings: [finding()] };
  const document = documentOf(analysis, snapshot({}));
  return { ...document, findings: document.findings.map((one) => ({ ...one, sites, ...over })) };
}

const ROWS = [path(17), path(6, { role: "last-used", frames: [] })];

test("folded: outermost first, whose and in what way before it, sockets behind it", () => {
  assert.equal(
    renderFolded(documentWith(ROWS)),
    "java 4121, eof-unread, opened;main (app.c:99);dial (app.c:12) 17\njava 4121, eof-unread, last-used;[not resolved] 6\n",
  );
});

test("folded: a name can forge neither a frame nor a line nor a count", () => {
  const hostile = path(23, { frames: [frame("a;b 7\nc", 1), frame("\u001b[2Jmain", 2)] });
  const lines = renderFolded(documentWith([hostile])).split("\n");
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /^java 4121, eof-unread, opened;[ -~]*main \(app\.c:2\);a:b 7\\nc \(app\.c:1\) 23$/);
});

test("speedscope: a profile for each way, weights that add up", () => {
  const { shared, profiles } = renderSpeedscope(documentWith(ROWS)) as {
    shared: { frames: { name: string; file?: string; line?: number }[] };
    profiles: { name: string; endValue: number; samples: number[][]; weights: number[] }[];
  };
  assert.deepEqual(shared.frames[0], { name: "main (app.c:99)", file: "/src/app.c", line: 99 });
  assert.deepEqual(
    profiles.map(({ name, endValue, samples, weights }) => ({ name, endValue, samples, weights })),
    [
      { name: "java 4121, eof-unread, opened", endValue: 17, samples: [[0, 1]], weights: [17] },
      { name: "java 4121, eof-unread, last-used", endValue: 6, samples: [[2]], weights: [6] },
    ],
  );
});

test("what is no leak has no place in a flame graph", () => {
  assert.equal(renderFolded(documentWith(ROWS, { standing: "listed" })), "");
});

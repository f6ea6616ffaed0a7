/** probes/sites.bt as a part of the others. That bpftrace takes the whole is shown by the live tests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withFilter } from "../../src/source/probe-filter.ts";
import { ATTACHMENTS, type ProbeMode, scriptFile } from "../../src/source/script.ts";
import { join, SITES_FILE } from "../../src/source/sites.ts";

const sites = readFileSync(SITES_FILE, "utf8");
const MODES: readonly ProbeMode[] = ["full", "lean"];
const whole = MODES.flatMap((mode) =>
  ATTACHMENTS.map((attachment) => {
    const text = readFileSync(scriptFile(attachment, mode), "utf8");
    return { name: `${mode}-${attachment}`, mode, text, joined: join(text, { sites, uses: null, mode }) };
  }),
);

/** "tracepoint:syscalls:sys_exit_accept,\ntracepoint:…" of each block. */
function pointsOf(text: string): readonly (readonly string[])[] {
  const heads = text.matchAll(/^((?:(?:tracepoint|kprobe|kretprobe|kfunc|kretfunc):[\w:]+,?\s?)+)/gm);
  return [...heads].map(([, head = ""]) => head.split(/[,\s]+/).filter((point) => point !== ""));
}

test("the walk is the same text wherever it stands", () => {
  const walks = [...sites.matchAll(/^ *\/\/ walk \{\n([\s\S]*?)^ *\/\/ walk \}\n/gm)].map(([, text]) => text);
  assert.equal(walks.length, 4);
  assert.equal(new Set(walks).size, 1);
});

for (const { name, mode, text, joined } of whole) {
  test(`${name} with sites has one BEGIN and one END, which do what both did`, () => {
    for (const block of ["BEGIN", "END"]) {
      assert.equal(joined.match(new RegExp(`^${block}\\n`, "gm"))?.length, 1);
      const body = (of: string) => new RegExp(`^${block}\\n\\{\\n([\\s\\S]*?)^\\}\\n`, "m").exec(of)?.[1] ?? "";
      assert.equal(body(joined), body(sites).replace("@room = (int64)400; ", "@room = (int64)-1; ") + body(text));
    }
  });

  test(`${name} with sites: a path is printed ${mode === "lean" ? "with its suspect only" : "with its opening"}`, () => {
    const paths = joined.match(/print\(\("path"/g)?.length;
    assert.equal(paths, mode === "lean" ? 1 : 3);
  });

  // bpftrace 0.17 runs the other block's program where a point stands alone in one and with others in the next.
  test(`${name} with sites: a probe point stands alone, or with the same others, in every block`, () => {
    const company = new Map<string, string>();
    for (const points of pointsOf(joined)) {
      for (const point of points) assert.equal(company.get(point) ?? points.join(), points.join(), point);
      for (const point of points) company.set(point, points.join());
    }
    assert.ok(company.has("tracepoint:syscalls:sys_exit_accept"));
  });
}

for (const { name, joined } of whole) {
  test(`${name} with sites: none is told before the first heartbeat`, () => {
    assert.match(joined, /print\(\("beat", .*\n +if \(@room < 0\) \{ @room = \(int64\)400; \}\n/);
    assert.equal(joined.match(/@room = \(int64\)-1;/g)?.length, 1);
  });
}

test("of another process nothing is walked", () => {
  const filtered = withFilter(sites, { filter: { pid: 4121 }, mode: "lean" });
  assert.equal(filtered.match(/if \(!\(\(int64\)curtask->tgid == 4121\)\) \{ return; \}/g)?.length, 4);
  assert.doesNotMatch(filtered, /\/\/ filter:/);
});

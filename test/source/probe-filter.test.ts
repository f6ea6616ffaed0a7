import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { probeFilterOf, withFilter } from "../../src/source/probe-filter.ts";
import { ATTACHMENTS, scriptFile } from "../../src/source/script.ts";

const MODES = ["full", "lean"] as const;
const scripts = MODES.flatMap((mode) =>
  ATTACHMENTS.map((attachment) => [mode, attachment, readFileSync(scriptFile(attachment, mode), "utf8")] as const),
);

for (const [mode, attachment, text] of scripts) {
  test(`${mode}-${attachment}.bt: whatever is printed of a socket comes behind a mark`, () => {
    assert.equal(withFilter(text, { filter: {}, mode }), text);
    const blocks = text
      .split(/\n(?=tracepoint:|kprobe:|kretprobe:|kfunc:|kretfunc:|interval:|profile:|END|BEGIN)/)
      .slice(1);
    const printing = blocks.filter((block) => /print\(\("(state|connect|accept|read|shutdown|destroy)"/.test(block));
    assert.ok(printing.length >= 2);
    for (const block of printing) {
      const told = block.search(/print\(\("(?!close)/);
      // The teller of lean scripts tells only of what has come past one; an accept that returns, of what was grafted.
      const isMarked = block.slice(0, told).includes("// filter: ");
      assert.ok(isMarked || /sys_exit_accept|kretprobe:inet/.test(block), block.slice(0, 200));
    }
    assert.equal(text.match(/^ *\/\/ filter: begin$/gm)?.length, 1);
  });

  test(`${mode}-${attachment}.bt with a filter changes at the marks only`, () => {
    const filter = { netns: 4_026_531_840, localPort: 8_080, pid: 4_121 };
    const filtered = withFilter(text, { filter, mode });
    assert.ok(!/filter: (begin|move|accept|socket|end)\n/.test(filtered));
    const rest = (of: string) =>
      of.split("\n").filter((line) => !/filter: |@mine|\$within|\$ends|\$sport|\$dport/.test(line));
    assert.deepEqual(rest(filtered), rest(text));
    assert.ok(filtered.includes("curtask->tgid == 4121") && filtered.includes("!= 4026531840"));
    assert.ok(filtered.includes("$sport != 36895"), "8080 in network order");
  });
}

test("what the kernel cannot know for good is left to the rule that has the last word", () => {
  const comm = () => true;
  assert.deepEqual(probeFilterOf({ comm, unit: comm, container: comm, peer: comm }), {});
  assert.deepEqual(probeFilterOf({ pid: 7, children: new Set([8]), port: 80 }), { port: 80 });
  assert.deepEqual(probeFilterOf({ pid: 7, netns: 5 }), { pid: 7, netns: 5 });
});

test("nothing but whole numbers in their range gets into a probe", () => {
  const text = "  // filter: socket\n";
  for (const port of [-1, 65_536, 80.5, Number.NaN, "80" as unknown as number])
    assert.throws(() => withFilter(text, { filter: { port }, mode: "full" }), RangeError);
  assert.throws(() => withFilter(text, { filter: { netns: 2 ** 32 }, mode: "full" }), RangeError);
  assert.throws(() => withFilter(text, { filter: { pid: 1.5 }, mode: "full" }), RangeError);
});

/** The C and Python part of the zoo, which `list` must name on this kernel as on any: process, kind, count; and no innocent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, judge, printLine, startAll } from "../../zoo/diagnosis.ts";
import { programs } from "../../zoo/programs.ts";
import { watched } from "./list.ts";

const PART = programs.filter(({ language }) => language === "c" || language === "python");

test("the zoo: every leak is named with process, kind and count, and no innocent is", async (t) => {
  const missing: string[] = [];
  const stood = await startAll(PART, {}, missing);
  try {
    const document = await watched();
    const lines = stood.map((one) => judge(one, document));
    for (const line of [heading, ...lines]) t.diagnostic(printLine(line));
    for (const why of missing) t.diagnostic(`not run: ${why}`);
    assert.deepEqual(
      lines.filter(({ wrong }) => wrong !== "").map(({ name, wrong }) => `${name}: ${wrong}`),
      [],
    );
    // Direct descriptors are in Linux from 5.19 on; a system may have switched io_uring off.
    assert.deepEqual(
      missing.filter((why) => !why.startsWith("cannot run io-uring here: ")),
      [],
    );
  } finally {
    await Promise.all(stood.map(({ zoo }) => zoo.stop()));
  }
});

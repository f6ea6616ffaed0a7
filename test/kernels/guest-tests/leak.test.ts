/** The product from end to end: a program leaks 23 sockets, and `top --once` names it. (`trace --json` and `list --json`: programs.test.ts.) */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { doctor, outputOf, Program, sockleak, startSockleak } from "./child.ts";
import type { Leak } from "./trace.ts";

const LEAKED = 23;
const NAME = "leaker";
const none = doctor.uses === null && "no attachment works";

for (const mode of ["lean", "full"]) {
  test(`top --once --mode ${mode} names the leaker, its kind and how many`, { skip: none }, async () => {
    const top = startSockleak("top", "--once", "--mode", mode, "--after", "15s", "--older-than", "1s", "--comm", NAME);
    const screen = outputOf(top);
    await once(top.stderr as NodeJS.ReadableStream, "data"); // it watches
    const leaker = new Program<Leak>("python3", "test/live/leaker.py", Buffer.from(NAME).toString("hex"));
    const { pid } = await leaker.ready;
    const { stdout, code } = await screen;
    await leaker.stop();
    assert.equal(code, 0);
    // Until a census has looked after a declared loss, the closes may be what was lost.
    const verb = /^LOST/m.test(stdout) ? "(?:leaks|may leak)" : "leaks";
    // Lean mode is not told of the sockets that were closed.
    const of = mode === "full" ? " of \\d+" : "";
    assert.match(stdout, new RegExp(`${NAME} ${pid} ${verb} ${LEAKED}${of} sockets .*eof-ignored`));
  });
}

test("where no attachment works, trace ends with 3 and says why", { skip: !none && "it can trace" }, async () => {
  const { code, stderr } = await sockleak("trace", "--json");
  assert.equal(code, 3);
  assert.match(stderr, /^cannot trace: .*\n(?:.*\n)*hint: ./);
});

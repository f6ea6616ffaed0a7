/** A wall clock that is set while we watch is a mark in the stream, whose own time goes on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { Event } from "../../../src/model/event.ts";
import { doctor, startSockleak } from "./child.ts";

const none = doctor.uses === null && "no attachment works";

for (const [step, said] of [
  ["+1 hour", /^the clock was set forward by (1 h|59 min)$/],
  ["-1 hour", /^the clock was set back by 1 h$/],
] as const) {
  test(`date --set '${step}'`, { skip: none, timeout: 120_000 }, async () => {
    const trace = startSockleak("trace", "--json");
    const lines = createInterface({ input: trace.stdout as NodeJS.ReadableStream });
    const ended = once(trace, "close");
    let setUs = 0;
    for await (const line of lines) {
      const event = JSON.parse(line) as Event;
      if (event.type === "tick" && setUs === 0) {
        setUs = event.atUs;
        execFileSync("date", ["--set", step], { stdio: "ignore" });
      }
      if (event.type === "mark") {
        assert.match(event.text, said);
        assert.ok(event.atUs >= setUs && event.atUs < setUs + 60_000_000, `${event.atUs - setUs} µs after it was set`);
        break;
      }
    }
    assert.notEqual(setUs, 0);
    trace.kill("SIGTERM");
    await ended;
  });
}

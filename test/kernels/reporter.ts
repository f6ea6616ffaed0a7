/** node --test's outcomes as one JSON line a test, for the runner outside the guest. */
import type { TestEvent } from "node:test/reporters";

export type Outcome = {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed, or was skipped. */
  readonly why: string;
  readonly ms: number;
};

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    yield `${JSON.stringify(outcomeOf(event))}\n`;
  }
}

function outcomeOf(event: Extract<TestEvent, { type: "test:pass" | "test:fail" }>): Outcome {
  const { name, details, skip } = event.data;
  const shared = { name, ms: Math.round(details.duration_ms) };
  if ("error" in details) return { ...shared, outcome: "failed", why: String(details.error.cause ?? details.error) };
  if (skip !== undefined) return { ...shared, outcome: "skipped", why: String(skip) };
  return { ...shared, outcome: "passed", why: "" };
}

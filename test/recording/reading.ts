/** Reads recordings back, for tests. */
import type { Event } from "../../src/model/event.ts";
import { Recording } from "../../src/source/recording/recording.ts";

export async function* nothing(): AsyncGenerator<Buffer> {}

export async function readBack(...paths: readonly string[]) {
  const recording = await Recording.open({ paths, stdin: nothing() });
  const events: Event[] = [];
  for await (const batch of recording.events()) events.push(...batch);
  return { events, account: recording.account };
}

/** As they come back: an end that a recorder wrote has the totals, too. */
export function asRecorded(events: readonly Event[]): readonly Event[] {
  const gaps = events.filter((event) => event.type === "gap");
  const lost = gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0);
  const totals = { events: events.length, gaps: gaps.length, lost };
  return events.map((event) => (event.type === "end" ? { ...event, totals } : event));
}

/** `sockleak trace`: every transition, open, close as it happens; lines for people, or the documented events. */
import type { Event } from "../model/event.ts";
import { TraceLines } from "../report/trace-line.ts";
import { printEvent } from "../wire/print.ts";
import { EXIT, type Io } from "./io.ts";
import { type LiveOptions, openLive } from "./live.ts";
import { Outlet } from "./outlet.ts";

export type TraceOptions = LiveOptions & { readonly json?: true; readonly for?: number };

export async function trace(options: TraceOptions, io: Io): Promise<number> {
  const lines = new TraceLines({ utcOffsetMinutes: -new Date().getTimezoneOffset() });
  if (!options.json) io.out(`${lines.header()}\n`);
  const print = options.json ? printEvent : (event: Event) => withNewline(lines.line(event));
  const outlet = new Outlet({ print, out: io.out, backlogBytes: io.backlogBytes });
  // A walk of a stack keeps the CPU for microseconds in which the kernel skips what an interrupt would have told: here every move counts.
  const sites = options.sites ?? options.lastUsed ?? false;
  const live = await openLive({ ...options, sites }, "full", (events) => outlet.take(events));
  await Promise.race([io.stopped, live.done, pause(options.for)]);
  await live.stop();
  outlet.end();
  return EXIT.done;
}

function withNewline(line: string | undefined): string {
  return line === undefined ? "" : `${line}\n`;
}

/** Never, without a time. */
function pause(ms: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (ms !== undefined) setTimeout(resolve, ms);
  });
}

/** `sockleak report [FILE…]`: what leaks, live or at an instant of a recording, in any format. */
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { Chronicle } from "../model/chronicle.ts";
import type { Event } from "../model/event.ts";
import { Tracker } from "../model/tracker.ts";
import { failsOn } from "./fail-on.ts";
import { EXIT, type Io } from "./io.ts";
import { formatOf, put, type RenderOptions, render, told } from "./present.ts";
import { type ReadOptions, readEvents } from "./recording.ts";
import { type RedactOptions, redactionOf } from "./redaction.ts";
import { refuse } from "./refuse.ts";
import type { LiveReportOptions } from "./report-live.ts";

export type ReportOptions = ReadOptions & RedactOptions & RenderOptions & LiveReportOptions;

/** Options of one that have no meaning for the other. */
const RECORDED = ["at", "from", "to", "strict"] as const;
const LIVE = ["until", "for", "mode", "buffer", "maxSockets", "sites", "lastUsed", "jit"] as const;

export async function report(paths: readonly string[], options: ReportOptions, io: Io): Promise<number> {
  if (paths.length > 0) refuse(LIVE, options, "is an option of a live report");
  else refuse(RECORDED, options, "is an option of a recording");
  if (paths.length === 0) return (await import("./report-live.ts")).reportLive(options, io);
  const document = await ofRecording(paths, options, io);
  return failsOn(document, options.failOn ?? "never") ? EXIT.findings : EXIT.done;
}

async function ofRecording(paths: readonly string[], options: ReportOptions, io: Io): Promise<FindingsDocument> {
  const tracker = new Tracker();
  const chronicle = formatOf(options) === "html" ? new Chronicle(tracker) : null;
  const redact = redactionOf(options);
  const take = (events: readonly Event[]) => {
    for (const event of redact?.(events) ?? events) {
      tracker.apply(event);
      chronicle?.note(event);
    }
  };
  const { endUs } = await readEvents(paths, options, { io, take });
  const all = told({ snapshot: tracker.snapshot(endUs), chronicle }, options);
  put(await render(all, options, io), options, io);
  return all.document;
}

/** Says on standard error how far a recording is: each second on a terminal, each minute in a log, and at the end. */
import { progressJson, progressLine, readingLine } from "../recording/progress.ts";
import type { Totals } from "../recording/recorder.ts";
import type { Io } from "./io.ts";

const TERMINAL_MS = 1_000;
const LOG_MS = 60_000;
/** To the start of the line, which is erased. */
const AGAIN = "\r\u001b[K";

export function followProgress({ err, errTerminal }: Io, totals: () => Totals): { readonly end: () => void } {
  const startMs = performance.now();
  let last = { ms: startMs, events: 0 };
  const progress = () => {
    const now = totals();
    const nowMs = performance.now();
    const perSecond = ((now.events - last.events) * 1000) / Math.max(1, nowMs - last.ms);
    last = { ms: nowMs, events: now.events };
    return { ...now, ranMs: nowMs - startMs, perSecond };
  };
  const say = () => err(errTerminal ? AGAIN + progressLine(progress()) : `${progressJson(progress())}\n`);
  const timer = setInterval(say, errTerminal ? TERMINAL_MS : LOG_MS);
  return {
    end: () => {
      clearInterval(timer);
      say();
      if (errTerminal) err("\n");
    },
  };
}

type Reading = { readonly bytes: number | null; readonly bytesRead: number };

/** Short recordings need no word about it. */
const PATIENCE_MS = 2_000;

/** Says on a terminal how far the reading of a recording is, and for how long it will go on. */
export function followReading({ err, errTerminal }: Io, reading: Reading): { readonly end: () => void } {
  if (!errTerminal) return { end: () => {} };
  const startMs = performance.now();
  let said = false;
  const say = () => {
    const ranMs = performance.now() - startMs;
    if (ranMs < PATIENCE_MS) return;
    said = true;
    err(AGAIN + readingLine(reading, ranMs));
  };
  const timer = setInterval(say, TERMINAL_MS);
  return {
    end: () => {
      clearInterval(timer);
      if (said) err(AGAIN);
    },
  };
}

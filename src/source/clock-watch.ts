/**
 * Notices what else would make a recording's times look wrong: that the wall clock was set, and that the machine slept. Nothing
 * is missing then, so neither is a gap: the stream's own time, CLOCK_BOOTTIME, goes on through both, and each tick tells the
 * wall clock anew. But who holds a recording against other logs, or wonders at an hour without events, must find it there.
 */
import { formatDuration } from "../format/duration.ts";
import type { Clocks } from "../host/boottime.ts";

/** Clocks that are slewed gain half a millisecond a second; /proc/uptime has steps of 10 ms. Less is of no use to a reader. */
const JUMP_MS = 1_000;
const LOOK_MS = 1_000;

export class ClockJumps {
  #before: Clocks | null = null;

  /** What has happened since the last look, in words. */
  look(now: Clocks): readonly string[] {
    const before = this.#before;
    this.#before = now;
    if (before === null) return [];
    const passedMs = (now.bootUs - before.bootUs) / 1000;
    const sleptMs = passedMs - (now.awakeMs - before.awakeMs);
    const setMs = now.wallMs - before.wallMs - passedMs;
    return [
      ...(sleptMs >= JUMP_MS ? [`the machine was suspended for ${seconds(sleptMs)}`] : []),
      ...(setMs >= JUMP_MS ? [`the clock was set forward by ${seconds(setMs)}`] : []),
      ...(setMs <= -JUMP_MS ? [`the clock was set back by ${seconds(-setMs)}`] : []),
    ];
  }
}

/** An hour that was read 10 ms early is an hour. */
function seconds(ms: number): string {
  return formatDuration(Math.round(ms / 1000) * 1000);
}

/** Looks each second, until it is ended. */
export function watchClocks(read: () => Clocks | null, tell: (text: string) => void): { readonly end: () => void } {
  const jumps = new ClockJumps();
  const look = () => {
    const now = read();
    if (now !== null) for (const text of jumps.look(now)) tell(text);
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return { end: () => clearInterval(timer) };
}

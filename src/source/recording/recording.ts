/**
 * A recording as a source of events: one file or several, from beginning to end. What cannot be read becomes a gap, in its
 * place, so that no view of it claims to be whole.
 */
import { statSync } from "node:fs";
import type { Event, GapEvent } from "../../model/event.ts";
import { Account } from "./account.ts";
import { eventsOf } from "./file.ts";
import { inOrder, NotOne } from "./join.ts";
import { isPipe } from "./pipe.ts";

/** Late events keep their place: so far may time go back. */
const ORDER_US = 1_000_000;

export type RecordingOptions = {
  /** "-": standard input. */
  readonly paths: readonly string[];
  readonly stdin: AsyncIterable<Buffer>;
};

export class Recording {
  readonly account = new Account();
  /** Of all files; null: a pipe among them. */
  readonly bytes: number | null;
  readonly paths: readonly string[];
  readonly #stdin: AsyncIterable<Buffer>;
  #read = 0;
  #course = { bytesRead: 0, cut: null as string | null };

  private constructor(paths: readonly string[], stdin: AsyncIterable<Buffer>) {
    this.paths = paths;
    this.#stdin = stdin;
    this.bytes = bytesIn(paths);
  }

  /** Errors: NotOne, NewerSchema, and as node:fs where a file cannot be read. */
  static async open({ paths, stdin }: RecordingOptions): Promise<Recording> {
    return new Recording(await inOrder(paths), stdin);
  }

  /** Of the files, as they lie on the disk. */
  get bytesRead(): number {
    return this.#read + this.#course.bytesRead;
  }

  /** Errors: NewerSchema; a file cannot be read. */
  async *events(): AsyncGenerator<readonly Event[]> {
    let last: Event | undefined;
    for (const path of this.paths) {
      this.#read += this.#course.bytesRead;
      this.#course = { bytesRead: 0, cut: null };
      let isFirst = true;
      for await (const events of eventsOf({ path, stdin: this.#stdin, account: this.account, course: this.#course })) {
        if (isFirst) refuseOverlap(last, events[0], path);
        const missing = isFirst && last !== undefined ? missingBetween(last, events[0]) : null;
        isFirst = false;
        if (missing !== null) yield [missing];
        last = events.at(-1);
        yield events;
      }
    }
    if (last !== undefined && last.type !== "end" && !isCut(last)) yield [unended(last)];
  }
}

/** The head of a file has the place of the last event of the one before (recording/head.ts); else one between is missing. */
function missingBetween(last: Event, next: Event | undefined): GapEvent | null {
  if (next === undefined || next.seq === last.seq || isCut(last)) return null;
  const text = "a part of the recording is missing here";
  return { type: "gap", atUs: Math.max(last.atUs, next.atUs), seq: last.seq, why: "cut", lost: null, text };
}

/** Two recorders at once, or the same minutes from a ring twice: everything would be counted twice. */
function refuseOverlap(last: Event | undefined, next: Event | undefined, path: string): void {
  if (last === undefined || next === undefined || next.atUs >= last.atUs - ORDER_US) return;
  throw new NotOne(`${path} begins before the file before it ends: two recordings of the same time cannot be joined`);
}

function isCut(event: Event): boolean {
  return event.type === "gap" && event.why === "cut";
}

/** Its recorder was killed, still writes, or its machine went down: the last second may be missing. */
function unended({ atUs, seq }: Event): GapEvent {
  return {
    type: "gap",
    atUs,
    seq,
    why: "cut",
    lost: null,
    text: "the recording has no end: its last second may be missing",
  };
}

function bytesIn(paths: readonly string[]): number | null {
  if (paths.some(isPipe)) return null;
  return paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

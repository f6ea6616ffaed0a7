/** One file of a recording → its events, chunk by chunk. */
import type { Event, Unnumbered } from "../../model/event.ts";
import { type Parsed, parseLine } from "../../wire/parse.ts";
import { EventScanner } from "../../wire/scan-event.ts";
import type { Account } from "./account.ts";
import { bytesOf, type Course } from "./bytes.ts";
import { type Line, LineReader } from "./lines.ts";

/** It was made by a later sockleak. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
  readonly schema: number;
  constructor(file: string, schema: number) {
    super(`${file} was recorded by a newer sockleak: its events are of schema ${schema}`);
    this.schema = schema;
  }
}

/** Some hundred events, which die young: of larger batches most of the time goes into the garbage collector. */
const BATCH_BYTES = 128 * 1024;

export type FileOptions = {
  readonly path: string;
  readonly stdin: AsyncIterable<Buffer>;
  readonly account: Account;
  readonly course: Course;
};

/** Errors: NewerSchema; the file cannot be read (node:fs). */
export async function* eventsOf({ path, stdin, account, course }: FileOptions): AsyncGenerator<Event[]> {
  const taker = new Taker(path, account);
  const reader = new LineReader({
    line: (line) => taker.line(line),
    tooLong: (number) => taker.refuse(number, "it is too long"),
    rest: (line) => taker.rest(line, course),
  });
  for await (const chunk of bytesOf(path, course, stdin)) {
    for (let from = 0; from < chunk.length; from += BATCH_BYTES) {
      reader.write(chunk.subarray(from, from + BATCH_BYTES));
      const events = taker.take();
      if (events.length > 0) yield events;
    }
  }
  reader.end();
  taker.end(course);
  const last = taker.take();
  if (last.length > 0) yield last;
}

class Taker {
  readonly #path: string;
  readonly #account: Account;
  readonly #scanner = new EventScanner();
  #events: Event[] = [];
  #refused = 0;
  #last = { atUs: 0, seq: 0 };

  constructor(path: string, account: Account) {
    this.#path = path;
    this.#account = account;
  }

  line(line: Readonly<Line>): void {
    const event = this.#scanner.event(line.bytes, line.start, line.end);
    if (event !== undefined) this.#event(event);
    else this.#parsed(parseLine(textOf(line)), line.number);
  }

  /** Behind the last newline: a line without its end is no wrong line, but a file that was cut. */
  rest(line: Readonly<Line>, course: Course): void {
    const parsed = parseLine(textOf(line));
    if (parsed.kind === "refused") course.cut ??= "it ends in the middle of a line";
    else this.#parsed(parsed, line.number);
  }

  #parsed(parsed: Parsed, number: number): void {
    if (parsed.kind === "event") this.#event(parsed.event);
    else if (parsed.kind === "unknown") this.#account.skip(parsed.type);
    else if (parsed.kind === "newer") throw new NewerSchema(this.#path, parsed.schema);
    else this.refuse(number, parsed.why);
  }

  #event(event: Event): void {
    if (this.#refused > 0) this.#tellRefused();
    this.#last = event;
    this.#account.events += 1;
    this.#events.push(event);
  }

  refuse(line: number, why: string): void {
    this.#refused += 1;
    this.#account.refuse({ file: this.#path, line, why });
  }

  /** A gap in their place: after it a census may put right again what was not heard. */
  #tellRefused(): void {
    const text = `${this.#refused} lines of the recording were refused`;
    this.#own({ type: "gap", atUs: this.#last.atUs, why: "unreadable", lost: this.#refused, text });
    this.#refused = 0;
  }

  /** The events so far. */
  take(): Event[] {
    if (this.#refused > 0) this.#tellRefused();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  end({ cut }: Course): void {
    if (cut === null) return;
    this.#account.cut.push({ file: this.#path, why: cut });
    this.#own({ type: "gap", atUs: this.#last.atUs, why: "cut", lost: null, text: "the recording is cut off here" });
  }

  /** Ours, in the place of what is missing. */
  #own(event: Unnumbered): void {
    this.#events.push({ ...event, seq: this.#last.seq } as Event);
  }
}

function textOf({ bytes, start, end }: Readonly<Line>): string {
  return bytes.toString("utf8", start, end);
}

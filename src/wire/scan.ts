/**
 * The short way for the lines that come by the ten thousand: a tuple about a socket, just as bpftrace prints it,
 *
 *   {"type": "value", "data": ["state",1,4258967575487,-131384644803136,7,2,54286,80,4026531833,0,"::1","::1"]}
 *   └────── as it arrives: is it one, of which CPU, of when? ────────┘└── when its turn has come: the rest ──┘
 *
 * Tuples wait for their turn as the bytes that they are: as objects, half of all work would be the garbage collector's.
 * They are read without a text of the line, an envelope or an array, and a text that was there a moment ago is not made
 * again. What is written in any other way (escapes, bytes above ASCII, blanks elsewhere) is JSON.parse's, here or before:
 * both ways give the same (test/wire/scan.test.ts).
 */
import { stateOf, type TcpState } from "../model/state.ts";
import { Cursor, isAt } from "./cursor.ts";
import { DECODERS, decodeRaw, type Fields, RAW_FIELDS, type RawOfSocket } from "./raw.ts";

type Tag = RawOfSocket["tag"];

/** A line about a socket of which only the beginning is read. */
export class Tuple {
  readonly bytes: Buffer;
  /** Where its fields go on, behind `ns`. */
  rest: number;
  readonly tag: Tag;
  cpu = 0;
  ns = 0;

  constructor(bytes: Buffer, tag: Tag, rest: number) {
    this.bytes = bytes;
    this.tag = tag;
    this.rest = rest;
  }

  /** As one of wire/message.ts. Ten thousands of these wait: what is the same for all is in none. */
  get kind(): "tuple" {
    return "tuple";
  }
}

const BEFORE = Buffer.from('{"type": "value", "data": ["');
const AFTER = Buffer.from("]}\n");
/** The heartbeat and the pulses are about no socket, do not wait, and are few: they go the long way. */
const TAGS = (Object.keys(RAW_FIELDS) as (keyof typeof RAW_FIELDS)[])
  .filter((tag): tag is Tag => (RAW_FIELDS[tag] as readonly string[]).includes("sk"))
  .map((tag) => ({ tag, bytes: Buffer.from(`${tag}",`) }));

const [NEWLINE, COMMA] = [10, 44];
/** `cpu` and `ns`, which are read before the others. */
const HEAD_FIELDS = 2;

export class Scanner implements Fields {
  readonly #cursor = new Cursor();
  #tuple = new Tuple(BEFORE, "state", 0);

  get broken(): boolean {
    return this.#cursor.broken;
  }

  /** The tuple where a line begins with tag, CPU and time of one, else undefined. */
  tuple(bytes: Buffer, start: number): Tuple | undefined {
    if (!isAt(bytes, start, BEFORE)) return undefined;
    const at = start + BEFORE.length;
    for (const { tag, bytes: text } of TAGS) {
      if (isAt(bytes, at, text)) return this.#head(new Tuple(bytes, tag, at + text.length));
    }
    return undefined;
  }

  #head(tuple: Tuple): Tuple | undefined {
    const cursor = this.#cursor;
    cursor.begin(tuple.bytes, tuple.rest);
    tuple.cpu = cursor.integer();
    if (cursor.bytes[cursor.at++] !== COMMA) return undefined;
    tuple.ns = cursor.integer();
    tuple.rest = cursor.at;
    return cursor.broken ? undefined : tuple;
  }

  /** All of it; undefined where it is none of ours after all. */
  decode(tuple: Tuple): RawOfSocket | undefined {
    this.#tuple = tuple;
    this.#cursor.begin(tuple.bytes, tuple.rest);
    const raw = DECODERS[tuple.tag](this);
    return this.broken || !isAt(tuple.bytes, this.#cursor.at, AFTER) ? parseTuple(tuple) : raw;
  }

  int(at: number): number {
    if (at <= HEAD_FIELDS) return at === HEAD_FIELDS ? this.#tuple.ns : this.#tuple.cpu;
    this.#comma();
    return this.#cursor.integer();
  }

  state(at: number): TcpState {
    const state = stateOf(this.int(at));
    if (state !== undefined) return state;
    this.#cursor.broken = true;
    return "CLOSE";
  }

  text(): string {
    this.#comma();
    return this.#cursor.text();
  }

  #comma(): void {
    const cursor = this.#cursor;
    if (cursor.bytes[cursor.at++] !== COMMA) cursor.broken = true;
  }
}

/** The long way. */
function parseTuple({ bytes, rest }: Tuple): RawOfSocket | undefined {
  try {
    const line = bytes.toString("utf8", bytes.lastIndexOf(NEWLINE, rest) + 1, bytes.indexOf(NEWLINE, rest));
    const raw = decodeRaw((JSON.parse(line) as { data?: unknown }).data);
    return raw !== undefined && "sk" in raw ? raw : undefined;
  } catch {
    return undefined;
  }
}

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

const [NEWLINE, QUOTE, COMMA, MINUS, ZERO, NINE, BACKSLASH, BLANK, DELETE] = [10, 34, 44, 45, 48, 57, 92, 32, 127];
/** Longer than any address or name of a process. */
const TEXT_MAX_BYTES = 64;
/** Texts remembered, each where its hash says: the addresses and names of the last thousands of lines. */
const TEXTS = 4_096;
/** `cpu` and `ns`, which are read before the others. */
const HEAD_FIELDS = 2;

export class Scanner implements Fields {
  broken = false;
  #bytes: Buffer = BEFORE;
  #at = 0;
  #tuple = new Tuple(BEFORE, "state", 0);
  readonly #texts: string[] = new Array(TEXTS).fill("");

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
    this.broken = false;
    this.#bytes = tuple.bytes;
    this.#at = tuple.rest;
    tuple.cpu = this.#integer();
    if (this.#bytes[this.#at++] !== COMMA) return undefined;
    tuple.ns = this.#integer();
    tuple.rest = this.#at;
    return this.broken ? undefined : tuple;
  }

  /** All of it; undefined where it is none of ours after all. */
  decode(tuple: Tuple): RawOfSocket | undefined {
    this.broken = false;
    this.#tuple = tuple;
    this.#bytes = tuple.bytes;
    this.#at = tuple.rest;
    const raw = DECODERS[tuple.tag](this);
    return this.broken || !isAt(tuple.bytes, this.#at, AFTER) ? parseTuple(tuple) : raw;
  }

  int(at: number): number {
    if (at <= HEAD_FIELDS) return at === HEAD_FIELDS ? this.#tuple.ns : this.#tuple.cpu;
    if (this.#bytes[this.#at++] !== COMMA) this.broken = true;
    return this.#integer();
  }

  state(at: number): TcpState {
    const state = stateOf(this.int(at));
    if (state !== undefined) return state;
    this.broken = true;
    return "CLOSE";
  }

  text(): string {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== COMMA || bytes[this.#at + 1] !== QUOTE) this.broken = true;
    const start = this.#at + 2;
    let at = start;
    let hash = 0;
    for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[++at] as number) {
      // Of what lies behind the last byte nothing is true.
      if (!(byte >= BLANK && byte < DELETE) || byte === BACKSLASH || at - start === TEXT_MAX_BYTES) {
        this.broken = true;
        return "";
      }
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.#at = at + 1;
    return this.#known(hash, start, at);
  }

  #integer(): number {
    const bytes = this.#bytes;
    const isNegative = bytes[this.#at] === MINUS;
    const first = isNegative ? this.#at + 1 : this.#at;
    let at = first;
    let value = 0;
    for (let byte = bytes[at] as number; byte >= ZERO && byte <= NINE; byte = bytes[++at] as number) {
      value = value * 10 + (byte - ZERO);
    }
    this.#at = at;
    // No digit; or one that JSON begins no integer with (and -0 would be another value than 0).
    if (at === first || (bytes[first] === ZERO && (isNegative || at > first + 1))) this.broken = true;
    // Summed up digit by digit it would be rounded more than once.
    if (value > Number.MAX_SAFE_INTEGER) value = Number(bytes.toString("latin1", first, at));
    return isNegative ? -value : value;
  }

  #known(hash: number, start: number, end: number): string {
    const place = (hash ^ (hash >>> 12)) & (TEXTS - 1);
    const known = this.#texts[place] as string;
    if (isText(this.#bytes, start, end, known)) return known;
    const text = this.#bytes.toString("latin1", start, end);
    this.#texts[place] = text;
    return text;
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

function isAt(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

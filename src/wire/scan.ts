/**
 * The short way for the lines that come by the ten thousand: a tuple of ours just as bpftrace prints it,
 *
 *   {"type": "value", "data": ["state",1,4258967575487,-131384644803136,7,2,54286,80,4026531833,0,"::1","::1"]}
 *   └────── as it arrives: is it one, of which CPU, of when? ────────┘└── when its turn has come: the rest ──┘
 *
 * Tuples wait for their turn as the bytes that they are: as objects, half of all work would be the garbage collector's.
 * They are read without a text of the line, an envelope or an array, and a text that was there a moment ago is not made
 * again. What is written in any other way (escapes, bytes above ASCII, blanks elsewhere) is JSON.parse's, here or before:
 * both ways give the same (test/wire/scan.test.ts).
 */
import { decodeFields, decodeRaw, type Raw } from "./raw.ts";

/** A line of our probes, not decoded yet. */
export class Tuple {
  readonly kind = "tuple";
  readonly cpu: number;
  readonly ns: number;
  readonly bytes: Buffer;
  /** Where its line begins. */
  readonly start: number;
  constructor(cpu: number, ns: number, bytes: Buffer, start: number) {
    this.cpu = cpu;
    this.ns = ns;
    this.bytes = bytes;
    this.start = start;
  }
}

const BEFORE = Buffer.from('{"type": "value", "data": ["');
const AFTER = Buffer.from("]}\n");
/** Told at once, and so seldom that they go the long way: the heartbeat and the pulses. */
const AT_ONCE = [Buffer.from('beat"'), Buffer.from('pulse"')];

const [NEWLINE, QUOTE, COMMA, MINUS, ZERO, NINE, BACKSLASH, BLANK, DELETE] = [10, 34, 44, 45, 48, 57, 92, 32, 127];
/** More than any tuple of ours has, and longer than any address or name of a process. */
const FIELDS_MAX = 16;
const TEXT_MAX_BYTES = 64;
/** Texts remembered, each where its hash says: the addresses and names of the last thousands of lines. */
const TEXTS = 4_096;

export class Scanner {
  #bytes: Buffer = BEFORE;
  #at = 0;
  readonly #fields: unknown[] = new Array(FIELDS_MAX).fill(0);
  readonly #texts: string[] = new Array(TEXTS).fill("");

  /** Its place where a line begins with tag, CPU and time of a tuple that may wait for its turn, else undefined. */
  tuple(bytes: Buffer, start: number): Tuple | undefined {
    if (!isAt(bytes, start, BEFORE)) return undefined;
    let at = start + BEFORE.length;
    for (const tag of AT_ONCE) if (isAt(bytes, at, tag)) return undefined;
    while (isLetter(bytes[at])) at++;
    if (bytes[at] !== QUOTE || bytes[at + 1] !== COMMA) return undefined;
    this.#bytes = bytes;
    this.#at = at + 2;
    const cpu = this.#integer();
    if (cpu === undefined || bytes[this.#at++] !== COMMA) return undefined;
    const ns = this.#integer();
    if (ns === undefined || bytes[this.#at] !== COMMA) return undefined;
    return new Tuple(cpu, ns, bytes, start);
  }

  /** The rest of it; undefined where it is none of ours after all. */
  decode({ bytes, start }: Tuple): Raw | undefined {
    this.#bytes = bytes;
    this.#at = start + BEFORE.length;
    const size = this.#fieldsOf();
    if (size > 0 && isAt(bytes, this.#at, AFTER)) return decodeFields(this.#fields, size);
    return parseRaw(bytes.toString("utf8", start, bytes.indexOf(NEWLINE, start)));
  }

  /** Reads the fields, the first one's quote being read; returns how many there are, 0 where it cannot read them. */
  #fieldsOf(): number {
    const fields = this.#fields;
    fields[0] = this.#text();
    for (let size = 1; size < FIELDS_MAX; size++) {
      if (fields[size - 1] === undefined) return 0;
      if (this.#bytes[this.#at] !== COMMA) return size;
      const isText = this.#bytes[++this.#at] === QUOTE;
      if (isText) this.#at++;
      fields[size] = isText ? this.#text() : this.#integer();
    }
    return 0;
  }

  #integer(): number | undefined {
    const bytes = this.#bytes;
    const isNegative = bytes[this.#at] === MINUS;
    const first = isNegative ? this.#at + 1 : this.#at;
    let at = first;
    let value = 0;
    for (let byte = bytes[at] as number; byte >= ZERO && byte <= NINE; byte = bytes[++at] as number) {
      value = value * 10 + (byte - ZERO);
    }
    // No digit; or one that JSON begins no integer with (and -0 would be another value than 0).
    if (at === first || (bytes[first] === ZERO && (isNegative || at > first + 1))) return undefined;
    // Summed up digit by digit it would be rounded more than once.
    if (value > Number.MAX_SAFE_INTEGER) value = Number(bytes.toString("latin1", first, at));
    this.#at = at;
    return isNegative ? -value : value;
  }

  /** Up to the closing quote, which it passes. */
  #text(): string | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let hash = 0;
    for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[++at] as number) {
      // Of what lies behind the last byte nothing is true.
      if (!(byte >= BLANK && byte < DELETE) || byte === BACKSLASH || at - start === TEXT_MAX_BYTES) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.#at = at + 1;
    return this.#known(hash, start, at);
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

function parseRaw(line: string): Raw | undefined {
  try {
    return decodeRaw((JSON.parse(line) as { data?: unknown }).data);
  } catch {
    return undefined;
  }
}

function isAt(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 97 && byte <= 122;
}

function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

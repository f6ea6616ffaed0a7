/** The values of an event's line, asked for one after the other, each by the key that must come before it. */
import type { Address } from "../model/event.ts";
import { Cursor } from "./cursor.ts";

const [NULL, TRUE, FALSE, ADDR, PORT] = ["null", "true", "false", '{"addr":', ',"port":'].map((text) =>
  Buffer.from(text),
) as [Buffer, Buffer, Buffer, Buffer, Buffer];
const CLOSING = 125;
const PORT_MAX = 65_535;
/** Ends of connections remembered: each has some events. */
const ADDRESSES = 4_096;
const NOWHERE: Address = { addr: "", port: 0 };

export class EventValues {
  readonly #cursor = new Cursor();
  readonly #addresses: Address[] = new Array(ADDRESSES).fill(NOWHERE);

  begin(bytes: Buffer, at: number): void {
    this.#cursor.begin(bytes, at);
  }

  /** Whether all was as it should be, and the object and the line end here. */
  endsAt(end: number): boolean {
    const { broken, bytes, at } = this.#cursor;
    return !broken && at === end - 1 && bytes[at] === CLOSING;
  }

  /** The one whose key has been read. */
  first(): number {
    const value = this.#cursor.integer();
    if (value < 0) this.#cursor.broken = true;
    return value;
  }

  count(key: Buffer): number {
    this.#expect(key);
    return this.first();
  }

  countOrNull(key: Buffer): number | null {
    this.#expect(key);
    return this.#cursor.skip(NULL) ? null : this.first();
  }

  text(key: Buffer): string {
    this.#expect(key);
    return this.#cursor.text();
  }

  textOrNull(key: Buffer): string | null {
    this.#expect(key);
    return this.#cursor.skip(NULL) ? null : this.#cursor.text();
  }

  /** A text that is not empty. */
  id(key: Buffer): string {
    const text = this.text(key);
    if (text === "") this.#cursor.broken = true;
    return text;
  }

  oneOf<T extends string>(key: Buffer, words: ReadonlySet<T>): T {
    const word = this.text(key) as T;
    if (!words.has(word)) this.#cursor.broken = true;
    return word;
  }

  flagOrNull(key: Buffer): boolean | null {
    this.#expect(key);
    if (this.#cursor.skip(NULL)) return null;
    if (this.#cursor.skip(TRUE)) return true;
    if (!this.#cursor.skip(FALSE)) this.#cursor.broken = true;
    return false;
  }

  address(key: Buffer): Address | null {
    this.#expect(key);
    const cursor = this.#cursor;
    if (cursor.skip(NULL)) return null;
    if (!cursor.skip(ADDR)) cursor.broken = true;
    const addr = cursor.text();
    const port = this.count(PORT);
    if (port > PORT_MAX || cursor.bytes[cursor.at++] !== CLOSING) cursor.broken = true;
    return this.#known(addr, port);
  }

  #expect(key: Buffer): void {
    if (!this.#cursor.skip(key)) this.#cursor.broken = true;
  }

  /** The same object for each event of a connection: nobody changes an event's address. */
  #known(addr: string, port: number): Address {
    const place = (port * 31 + addr.length) & (ADDRESSES - 1);
    const known = this.#addresses[place] as Address;
    if (known.port === port && known.addr === addr) return known;
    const address = { addr, port };
    this.#addresses[place] = address;
    return address;
  }
}

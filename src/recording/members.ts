/**
 * Lines → members: the pieces in which a recording is written, each whole or not at all, and each a gzip member of its own,
 * so that zcat reads all that was written before a crash.
 */

/** Of text; compressed it is a sixth of that. */
const MEMBER_CHARS = 256 * 1024;

export type Member = {
  readonly text: string;
  readonly events: number;
  /** Of its first event. */
  readonly atUs: number;
  readonly seq: number;
  readonly lastUs: number;
};

type Place = { readonly atUs: number; readonly seq: number };

export class Members {
  readonly #whole: (member: Member) => void;
  #lines: string[] = [];
  #chars = 0;
  #first: Place = { atUs: 0, seq: 0 };
  #lastUs = 0;

  constructor(whole: (member: Member) => void) {
    this.#whole = whole;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Lines count as long as their characters: the few names beyond ASCII make a member a little larger. */
  add(line: string, { atUs, seq }: Place): void {
    if (this.#chars + line.length > MEMBER_CHARS) this.cut();
    if (this.#lines.length === 0) this.#first = { atUs, seq };
    this.#lines.push(line);
    this.#chars += line.length;
    this.#lastUs = atUs;
  }

  /** What is there becomes a member, if there is anything. */
  cut(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    const events = this.#lines.length;
    this.#lines = [];
    this.#chars = 0;
    this.#whole({ text, events, ...this.#first, lastUs: this.#lastUs });
  }
}

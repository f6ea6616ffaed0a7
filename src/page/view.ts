/** What the person looks at: a span of time, and words to search for. All pictures follow. */
import type { Span } from "./time.ts";

/** A fiftieth of a second: below it nothing is told apart. */
const SHORTEST = 0.02;

export type Look = { readonly span: Span; readonly words: string; readonly closed: boolean };

export class ViewState {
  readonly whole: Span;
  #look: Look;
  readonly #listeners: ((look: Look) => void)[] = [];

  constructor(whole: Span) {
    this.whole = whole;
    this.#look = { span: whole, words: "", closed: true };
  }

  get look(): Look {
    return this.#look;
  }

  follow(listener: (look: Look) => void): void {
    this.#listeners.push(listener);
  }

  set(change: Partial<Look>): void {
    this.#look = { ...this.#look, ...change };
    for (const listener of this.#listeners) listener(this.#look);
  }

  /** Around a moment: below 1 nearer, above 1 farther. */
  zoom(by: number, around: number): void {
    const { from, to } = this.#look.span;
    this.show({ from: around - (around - from) * by, to: around + (to - around) * by });
  }

  move(seconds: number): void {
    const { from, to } = this.#look.span;
    const least = Math.max(this.whole.from - from, Math.min(this.whole.to - to, seconds));
    this.show({ from: from + least, to: to + least });
  }

  show({ from, to }: Span): void {
    const start = Math.max(this.whole.from, Math.min(from, this.whole.to - SHORTEST));
    this.set({ span: { from: start, to: Math.min(this.whole.to, Math.max(to, start + SHORTEST)) } });
  }
}

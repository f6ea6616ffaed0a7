/** What a recording held that could not be used, in counts: nothing is left out silently. */

export type Refusal = { readonly file: string; readonly line: number; readonly why: string };

/** The first ones, in words; the others are the same, as a rule. */
const REFUSALS_TOLD = 10;
/** A hostile file may have a type for every line. */
const TYPES_TOLD = 50;

export class Account {
  events = 0;
  refused = 0;
  readonly refusals: Refusal[] = [];
  /** Events of types that a later sockleak knows, by type. */
  readonly unknown = new Map<string, number>();
  unknownEvents = 0;
  /** Files that end in the middle, and how. */
  readonly cut: { readonly file: string; readonly why: string }[] = [];

  refuse(refusal: Refusal): void {
    this.refused += 1;
    if (this.refusals.length < REFUSALS_TOLD) this.refusals.push(refusal);
  }

  skip(type: string): void {
    this.unknownEvents += 1;
    const known = this.unknown.get(type);
    if (known !== undefined || this.unknown.size < TYPES_TOLD) this.unknown.set(type, (known ?? 0) + 1);
  }
}

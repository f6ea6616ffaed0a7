/**
 * Texts that thousands of rows share, once each. A part that is cut from a piece of ss's output keeps the whole piece in
 * memory; what is kept here is a copy.
 */
export class Pool {
  readonly #texts = new Map<string, string>();
  readonly #hosts = new Map<string, string>();

  text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const own = copyOf(text);
    if (this.#texts.size < MOST) this.#texts.set(own, own);
    return own;
  }

  /** `spell` is asked once a host as it is printed. Undefined: no host. */
  host(printed: string, spell: (printed: string) => string | undefined): string | undefined {
    const known = this.#hosts.get(printed);
    if (known !== undefined) return known;
    const spelt = spell(printed);
    if (spelt === undefined) return undefined;
    const own = copyOf(spelt);
    if (this.#hosts.size < MOST) this.#hosts.set(copyOf(printed), own);
    return own;
  }
}

/** Of each kind; beyond, every row has its own. */
const MOST = 10_000;

function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

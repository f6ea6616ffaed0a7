/** Lines of a text that comes in pieces. */
export class LineCutter {
  #rest = "";

  cut(piece: string, take: (line: string) => void): void {
    let from = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", from)) {
      take(this.#rest + piece.slice(from, end));
      this.#rest = "";
      from = end + 1;
    }
    this.#rest += piece.slice(from);
  }

  end(take: (line: string) => void): void {
    if (this.#rest !== "") take(this.#rest);
    this.#rest = "";
  }
}

/** Of a text that is whole; blank ones are left out. */
export function* linesOf(text: string, { skip = 0 }: { readonly skip?: number } = {}): Iterable<string> {
  let left = skip;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
    if (left-- <= 0 && line.trim() !== "") yield line;
  }
}

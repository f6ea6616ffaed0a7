/** The sockets as rows: unpacked, searched, sorted. Pure. */
import { type Bars, type PageData, STANDINGS } from "../report/html/page-data.ts";

export type Piece = { readonly state: string; readonly from: number };
export type Row = {
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  readonly fd: number | null;
  readonly standing: number;
  readonly kind: string;
  readonly pieces: readonly Piece[];
  /** Null: it goes on. */
  readonly end: number | null;
  /** All that can be searched for. */
  readonly text: string;
};

export function rowsOf({ bars, document }: PageData): readonly Row[] {
  const text = (index: number | undefined) => bars.texts[index ?? -1] ?? "?";
  let next = 0;
  return bars.pieces.map((count, index) => {
    const pieces = piecesOf(bars, next, count);
    next += count;
    const [name, local, remote] = [text(bars.owner[index]), text(bars.local[index]), text(bars.remote[index])];
    const standing = bars.standing[index] ?? 4;
    const kind = document.findings[bars.finding[index] ?? -1]?.kind ?? "";
    const words = [name, local, remote, kind, STANDINGS[standing], pieces.at(-1)?.state].join(" ").toLowerCase();
    const [fd, end] = [bars.fd[index] ?? null, bars.end[index] ?? null];
    return { name, local, remote, fd, standing, kind, pieces, end, text: words };
  });
}

function piecesOf({ states, pieceState, pieceAt }: Bars, from: number, count: number): readonly Piece[] {
  return Array.from({ length: count }, (_, index) => ({
    state: states[pieceState[from + index] ?? 0] ?? "?",
    from: pieceAt[from + index] ?? 0,
  }));
}

/** From here on a row is of a socket that was closed. */
const CLOSED_FROM = 3;

/** Those that hold every word. */
export function search(rows: readonly Row[], words: string, closed: boolean): readonly Row[] {
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => (closed || row.standing < CLOSED_FROM) && asked.every((word) => row.text.includes(word)));
}

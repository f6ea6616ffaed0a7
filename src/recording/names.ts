/** Names of recordings' files: which are compressed, what a rotated one is called, which of the old ones must go. Pure. */

export type Rotation = {
  /** A file is not made larger than this … */
  readonly bytes: number | null;
  /** … nor older. */
  readonly ageMs: number | null;
  /** Files of this recording that may be there, the newest included. */
  readonly keep: number | null;
  /** What they may take together. */
  readonly diskBytes: number | null;
};

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)$/;
const EXTENSION = /(?:\.(?:ndjson|jsonl|json))?(?:\.gz)?$/;

/** Plain text where the name asks for it. */
export function isPlain(name: string): boolean {
  return /\.(?:ndjson|jsonl|json)$/.test(name);
}

/** "/var/log/db1.ndjson.gz" → "/var/log/db1-20261127T003632.123Z.ndjson.gz" */
export function rotatedName(name: string, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replace(/[-:]/g, "");
  return name.replace(EXTENSION, (extension) => `-${stamp}${extension}`);
}

/** When a file beside `name` was begun, milliseconds since 1970, if it is one that rotation has made; else null. */
export function rotatedMs(name: string, candidate: string): number | null {
  const [extension = ""] = EXTENSION.exec(name) ?? [];
  const stem = name.slice(0, name.length - extension.length);
  if (!candidate.startsWith(`${stem}-`) || !candidate.endsWith(extension)) return null;
  const stamp = STAMP.exec(candidate.slice(stem.length + 1, candidate.length - extension.length));
  if (stamp === null) return null;
  const [, year, month, day, hour, minute, second] = stamp;
  const wallMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  return Number.isNaN(wallMs) ? null : wallMs;
}

export type Aged = { readonly name: string; readonly bytes: number };

/** Those that must go before another file of at most `nextBytes` is begun; the names sort by age. */
export function outdated(files: readonly Aged[], { keep, diskBytes }: Rotation, nextBytes: number): readonly string[] {
  const newestFirst = files.toSorted((a, b) => (a.name < b.name ? 1 : -1));
  let bytes = nextBytes;
  return newestFirst.flatMap((file, index) => {
    bytes += file.bytes;
    const tooMany = keep !== null && index + 1 >= keep;
    return tooMany || (diskBytes !== null && bytes > diskBytes) ? [file.name] : [];
  });
}

/** A file that only its owner may read, from its first byte on. */
import { closeSync, fchmodSync, fstatSync, openSync, statSync, unlinkSync, writeFileSync } from "node:fs";

const OWNER_ONLY = 0o600;

/**
 * Before the work whose result shall be written there. Leaves no trace, and changes nothing that is there; a FIFO, which would wait
 * for its reader, is not tried. Errors: as node:fs tells them.
 */
export function tryToWrite(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFIFO()) return;
  closeSync(openSync(path, "a", OWNER_ONLY));
  if (there === undefined) unlinkSync(path);
}

/**
 * One that is there is overwritten, and loses the rights that others had. What is no regular file keeps them: /dev/null is
 * everybody's. Errors: as node:fs tells them.
 */
export function writePrivately(path: string, text: string): void {
  const file = openSync(path, "w", OWNER_ONLY);
  try {
    if (fstatSync(file).isFile()) fchmodSync(file, OWNER_ONLY);
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

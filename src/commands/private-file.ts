/** A file that only its owner may read, from its first byte on. */
import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from "node:fs";

const OWNER_ONLY = 0o600;

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

/**
 * For commands that another user runs on this checkout's files. It may lie in a home that is closed to others (Debian 13 makes
 * them 0700): then it is shown at its own path, in a mount namespace of the command's own, with an open folder laid over the
 * closed one.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const SHOW = `
  set -e
  mount --bind "$1" /mnt
  mount -t tmpfs -o mode=755 none "$2"
  mkdir -p "$1"
  mount --move /mnt "$1"
  cd "$1"
  shift 2
  exec "$@"
`;

/** Before the words of such a command, root's up to there. None where everybody can read. */
export function openPlace(): readonly string[] {
  const closed = ancestorsOf(CHECKOUT).find((folder) => (statSync(folder).mode & 0o001) === 0);
  if (closed === undefined) return [];
  return ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", SHOW, "sh", CHECKOUT, closed];
}

/** Outermost first. */
function ancestorsOf(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [...ancestorsOf(parent), parent];
}

/** What earlier rounds saw of a socket, by its inode: where it was before it left the tables, and what a thread waits on. */
import type { Seen } from "./payload.ts";
import type { Waited } from "./thread-groups.ts";

export class Memory {
  #seen = new Map<number, Seen>();
  #before = new Map<number, Seen>();

  /** A full round shows everything, but for the sockets that have left the tables. */
  begin(isFull: boolean): void {
    this.#before = this.#seen;
    if (isFull) this.#seen = new Map();
  }

  note(seen: Seen): void {
    if (seen.row.inode) this.#seen.set(seen.row.inode, seen);
  }

  /** As it was when the tables still showed it. */
  recall(inode: number): Seen | undefined {
    const seen = this.#before.get(inode);
    if (seen !== undefined) this.#seen.set(inode, seen);
    return seen;
  }

  end(): void {
    this.#before = this.#seen;
  }

  waited(inode: number, round: number): Waited | undefined {
    const seen = this.#seen.get(inode);
    return seen === undefined || seen.round === round ? seen?.row : { ...seen.row, state: null, lastRcvMs: null };
  }
}

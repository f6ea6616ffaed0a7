/**
 * Open sockets that no table shows, neither TCP's nor another protocol's: what has left the tables, what was never in one.
 * The tables of the holders' namespaces first, since that is where a process's sockets are but for a few.
 */
import { readOtherInodes } from "./other-tables.ts";
import type { ProcHost } from "./proc-host.ts";
import type { OtherSocket } from "./walk.ts";

export type StrayRequest = {
  /** Strays that were told before and need not be told again. */
  readonly known: readonly number[];
  /** A process of each namespace. */
  readonly pids: readonly number[];
};

export type StraysFound = {
  readonly fresh: readonly OtherSocket[];
  /** Of the known: those still open. */
  readonly open: readonly number[];
};

export class Strays {
  readonly #host: ProcHost;
  /** Never TCP, whatever happens to it. */
  #otherProtocol = new Set<number>();

  constructor(host: ProcHost) {
    this.#host = host;
  }

  /** `held`: every open socket that TCP's tables did not show. */
  async find(held: Iterable<OtherSocket>, { known, pids }: StrayRequest): Promise<StraysFound> {
    const before = new Set(known);
    const open = new Set<number>();
    const left = new Map<number, OtherSocket>();
    const other = new Set<number>();
    for (const socket of held) {
      const { inode } = socket;
      if (this.#otherProtocol.has(inode)) other.add(inode);
      else if (before.has(inode)) open.add(inode);
      else left.set(inode, socket);
    }
    this.#otherProtocol = other;
    await this.#settle(left, pids);
    return { fresh: [...left.values()], open: [...open] };
  }

  async #settle(left: Map<number, OtherSocket>, pids: readonly number[]): Promise<void> {
    const done = new Set<string>();
    const holders = new Set([...left.values()].map(({ pid }) => pid));
    for (const pid of [...holders, ...pids]) {
      if (left.size === 0) return;
      const namespace = await this.#host.readLink(`/proc/${pid}/ns/net`).catch(() => "");
      if (namespace === "" || done.has(namespace)) continue;
      done.add(namespace);
      await readOtherInodes(this.#host, pid, (inode) => {
        if (left.delete(inode)) this.#otherProtocol.add(inode);
      });
    }
  }
}

/**
 * Fds whose socket has left every TCP table (shut down, reset, ended by keepalive) and that are still open. `ss` cannot show
 * them: they are what is left of the fds when the tables of TCP and of every other protocol are taken away.
 * A socket that was never connected is left as well: segsIn 0 tells it, where somebody could ask.
 */
import { type Closed, UNTOLD } from "./closed.ts";
import { askLsof } from "./closed-lsof.ts";
import { askPython, MOST_ASKED } from "./closed-python.ts";
import { dumpNamespace, type Looking } from "./dump.ts";
import type { Namespace } from "./namespaces.ts";
import type { OtherSocket } from "./walk.ts";

type Look = { readonly looking: Looking; readonly namespaces: readonly Namespace[] };

export class GoneBook {
  /** Strays that were asked about: gone ones, never connected ones, and those of other protocols. */
  #told = new Map<number, Closed>();
  #unasked = 0;

  /** Those that stay what they are without being asked again: what was never connected may still be. */
  get known(): readonly number[] {
    return [...this.#told].filter(([, { segsIn }]) => segsIn !== 0).map(([inode]) => inode);
  }

  /** TCP, or perhaps. */
  get gone(): readonly number[] {
    return [...this.#told].filter(([, closed]) => isTcp(closed)).map(([inode]) => inode);
  }

  /** Of `gone`, but for what was never connected. */
  get standing(): readonly number[] {
    return this.gone.filter((inode) => this.#told.get(inode)?.segsIn !== 0);
  }

  told(inode: number): Closed | undefined {
    return this.#told.get(inode);
  }

  /** What could not be told, or is not gone into. */
  get why(): readonly string[] {
    const all = [...this.#told.values()];
    const mptcp = all.filter(({ protocol }) => protocol === "MPTCP").length;
    const untold = all.filter((closed) => isTcp(closed) && closed.state === null).length;
    const why: string[] = [];
    if (mptcp > 0) why.push(`${mptcp} MPTCP sockets are not analysed`);
    if (untold > 0) why.push(`${untold} sockets in no table: nobody could say what they are`);
    if (this.#unasked > 0) why.push(`${this.#unasked} open sockets in no table are asked about later`);
    return why;
  }

  forget(isOpen: (inode: number) => boolean): void {
    for (const inode of this.#told.keys()) if (!isOpen(inode)) this.#told.delete(inode);
  }

  /** Asks about what is new among them. */
  async learn(look: Look, strays: readonly OtherSocket[]): Promise<void> {
    const fresh = strays.filter(({ inode }) => (this.#told.get(inode)?.segsIn ?? 0) === 0);
    this.#unasked = Math.max(0, fresh.length - MOST_ASKED);
    if (fresh.length > 0) await this.#ask(look, fresh.slice(0, MOST_ASKED));
  }

  async #ask(look: Look, fresh: readonly OtherSocket[]): Promise<void> {
    const { host, pace } = look.looking;
    const asked = await askPython(host, fresh, pace);
    const told = asked ?? (await askLsof(host, fresh));
    const maybe = new Map<number, Closed>();
    for (const { inode } of fresh) {
      this.#told.delete(inode);
      const closed = told.get(inode) ?? (asked === null ? UNTOLD : null);
      // It was closed meanwhile.
      if (closed === null) continue;
      if (!isTcp(closed) || closed.state === "CLOSE") this.#told.set(inode, closed);
      else if (closed.state === null) maybe.set(inode, closed);
      // In another state it is younger than the look at the tables.
    }
    await this.#confirm(look, maybe);
  }

  /** Without their state: a socket may just be younger than the first look at the tables. */
  async #confirm({ looking, namespaces }: Look, maybe: Map<number, Closed>): Promise<void> {
    if (maybe.size === 0) return;
    for (const namespace of namespaces) {
      const { table } = await dumpNamespace({ ...looking, scope: "full" }, namespace);
      for (const { inode } of table?.rows ?? []) if (inode !== null) maybe.delete(inode);
    }
    for (const [inode, closed] of maybe) this.#told.set(inode, closed);
  }
}

function isTcp({ protocol }: Closed): boolean {
  return protocol === "TCP" || protocol === null;
}

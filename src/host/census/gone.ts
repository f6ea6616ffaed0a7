/**
 * Fds whose socket has left every TCP table (shut down, reset, ended by keepalive) and that are still open. `ss` cannot show
 * them: they are what is left of the fds when the tables of TCP and of every other protocol are taken away.
 * A socket that was never connected is left as well: segsIn 0 tells it, where somebody could ask.
 */
import type { Host } from "../port.ts";
import { askClosed, type Closed } from "./closed.ts";
import { dumpNamespace, otherInodes, type Tools } from "./dump.ts";
import type { Namespace } from "./namespaces.ts";
import type { OtherSocket } from "./walk.ts";

export type Looked = { readonly host: Host; readonly tools: Tools; readonly namespaces: readonly Namespace[] };
export type GoneFound = { readonly gone: ReadonlyMap<number, Closed>; readonly why: readonly string[] };

const UNTOLD: Closed = { protocol: null, state: null, segsIn: null, cookie: null, netns: null };

export class GoneBook {
  /** Never TCP, whatever happens to it. */
  #otherProtocol = new Set<number>();
  #gone = new Map<number, Closed>();

  /** Those that stay what they are without being asked again: they had a connection, or nobody could tell. */
  get standing(): readonly number[] {
    return [...this.#gone].filter(([, { segsIn }]) => segsIn !== 0).map(([inode]) => inode);
  }

  /**
   * `held`: open sockets that the TCP tables did not show. In a full round these are all there are, and what is not among
   * them is forgotten; in a cheap one only those that were CLOSE_WAIT, or gone, before.
   */
  async find(looked: Looked, held: readonly OtherSocket[], full: boolean): Promise<GoneFound> {
    const inodes = new Set(held.map(({ inode }) => inode));
    this.#forget(inodes, full);
    const standing = new Set(this.standing);
    let open = firstOfEach(held).filter(({ inode }) => !this.#otherProtocol.has(inode) && !standing.has(inode));
    if (open.length > 0 && full) {
      await this.#settleByTables(looked);
      open = open.filter(({ inode }) => !this.#otherProtocol.has(inode));
    }
    const why = open.length > 0 ? await this.#ask(looked, open) : [];
    return { gone: new Map([...this.#gone].filter(([inode]) => inodes.has(inode))), why };
  }

  #forget(inodes: ReadonlySet<number>, full: boolean): void {
    for (const inode of this.#gone.keys()) if (!inodes.has(inode)) this.#gone.delete(inode);
    if (full) for (const inode of this.#otherProtocol) if (!inodes.has(inode)) this.#otherProtocol.delete(inode);
  }

  async #settleByTables({ host, namespaces }: Looked): Promise<void> {
    for (const { pids } of namespaces) {
      const [pid] = pids;
      if (pid === undefined) continue;
      for (const inode of await otherInodes(host, pid)) this.#otherProtocol.add(inode);
    }
  }

  async #ask(looked: Looked, open: readonly OtherSocket[]): Promise<readonly string[]> {
    const told = await askClosed(looked.host, open);
    const maybe = new Map<number, Closed>();
    let mptcp = 0;
    for (const { inode } of open) {
      const closed = told.get(inode) ?? UNTOLD;
      this.#gone.delete(inode);
      if (closed.protocol === "MPTCP") mptcp++;
      else if (closed.protocol !== null && closed.protocol !== "TCP") this.#otherProtocol.add(inode);
      else if (closed.state === "CLOSE") this.#gone.set(inode, closed);
      else if (closed.state === null) maybe.set(inode, closed);
    }
    await this.#confirm(looked, maybe);
    const why = mptcp > 0 ? [`${mptcp} MPTCP sockets are not analysed`] : [];
    if (maybe.size > 0) why.push(`${maybe.size} sockets in no table: python3 could not ask what they are`);
    return why;
  }

  /** Without their state: a socket may just be younger than the first look at the tables. */
  async #confirm({ host, tools, namespaces }: Looked, maybe: Map<number, Closed>): Promise<void> {
    if (maybe.size === 0) return;
    for (const namespace of namespaces) {
      const { table } = await dumpNamespace(host, tools, namespace, "full");
      for (const { inode, state } of table?.rows ?? []) if (inode !== null && state !== "CLOSE") maybe.delete(inode);
    }
    for (const [inode, closed] of maybe) this.#gone.set(inode, closed);
  }
}

function firstOfEach(held: readonly OtherSocket[]): readonly OtherSocket[] {
  return [...new Map(held.map((socket) => [socket.inode, socket])).values()];
}

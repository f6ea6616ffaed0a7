/** Finds a socket by what it is: its inode, else its namespace and both ends. Each stands for one life, so ended ones must go. */
import type { Endpoint } from "./endpoint.ts";
import type { Address } from "./event.ts";

/** What a source knows of a socket without its id. */
export type Looks = {
  readonly inode: number | null;
  readonly netns: number | null;
  readonly local: Address | null;
  readonly remote: Address | null;
};

export class SocketIndex {
  readonly #all: Set<Endpoint>;
  readonly #byInode = new Map<number, Endpoint>();
  /** Those whose inode is not known: who has one can only be one of these. */
  readonly #nameless = new ByPorts();
  /** All of them, for who has no inode either. Made when that is first asked for. */
  #whole: ByPorts | null = null;

  constructor(endpoints: Iterable<Endpoint> = []) {
    this.#all = new Set(endpoints);
    for (const endpoint of this.#all) this.#note(endpoint);
  }

  add(endpoint: Endpoint): void {
    this.#all.add(endpoint);
    this.#note(endpoint);
    this.#whole?.add(endpoint);
  }

  /** Must look as it did when it was added. */
  delete(endpoint: Endpoint): void {
    this.#all.delete(endpoint);
    if (endpoint.inode && this.#byInode.get(endpoint.inode) === endpoint) this.#byInode.delete(endpoint.inode);
    this.#nameless.delete(endpoint);
    this.#whole?.delete(endpoint);
  }

  find(looks: Looks): Endpoint | undefined {
    if (looks.inode) return this.#byInode.get(looks.inode) ?? this.#nameless.find(looks);
    this.#whole ??= new ByPorts(this.#all);
    return this.#whole.find(looks);
  }

  #note(endpoint: Endpoint): void {
    if (endpoint.inode) this.#byInode.set(endpoint.inode, endpoint);
    else this.#nameless.add(endpoint);
  }
}

class ByPorts {
  readonly #sets = new Map<number, Set<Endpoint>>();

  constructor(endpoints: Iterable<Endpoint> = []) {
    for (const endpoint of endpoints) this.add(endpoint);
  }

  add(endpoint: Endpoint): void {
    const ports = portsOf(endpoint);
    if (ports === null) return;
    const same = this.#sets.get(ports);
    if (same === undefined) this.#sets.set(ports, new Set([endpoint]));
    else same.add(endpoint);
  }

  delete(endpoint: Endpoint): void {
    const ports = portsOf(endpoint);
    if (ports === null) return;
    const same = this.#sets.get(ports);
    same?.delete(endpoint);
    if (same?.size === 0) this.#sets.delete(ports);
  }

  find(looks: Looks): Endpoint | undefined {
    const ports = portsOf(looks);
    if (ports === null) return undefined;
    for (const endpoint of this.#sets.get(ports) ?? []) if (isSame(endpoint, looks)) return endpoint;
    return undefined;
  }
}

/** Both ports in one number, or null while one of them is not known: then addresses tell nothing. */
function portsOf({ local, remote }: Pick<Looks, "local" | "remote">): number | null {
  if (!local?.port || !remote?.port) return null;
  return local.port * 65_536 + remote.port;
}

/** design.md, Truth: namespace and 4-tuple, and inodes that are equal or one of them 0 (or not known). */
export function isSame(one: Looks, other: Looks): boolean {
  if (one.netns !== null && other.netns !== null && one.netns !== other.netns) return false;
  if (one.inode && other.inode && one.inode !== other.inode) return false;
  return isAt(one.local, other.local) && isAt(one.remote, other.remote);
}

function isAt(one: Address | null, other: Address | null): boolean {
  return one?.addr === other?.addr && one?.port === other?.port;
}

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
  readonly #byInode = new Map<number, Endpoint>();
  readonly #byPorts = new Map<number, Endpoint[]>();

  constructor(endpoints: Iterable<Endpoint> = []) {
    for (const endpoint of endpoints) this.add(endpoint);
  }

  add(endpoint: Endpoint): void {
    if (endpoint.inode !== null && endpoint.inode > 0) this.#byInode.set(endpoint.inode, endpoint);
    const ports = portsOf(endpoint);
    if (ports === null) return;
    const same = this.#byPorts.get(ports);
    if (same === undefined) this.#byPorts.set(ports, [endpoint]);
    else same.push(endpoint);
  }

  /** Must look as it did when it was added. */
  delete(endpoint: Endpoint): void {
    if (endpoint.inode !== null && this.#byInode.get(endpoint.inode) === endpoint) this.#byInode.delete(endpoint.inode);
    const ports = portsOf(endpoint);
    const rest = ports === null ? [] : (this.#byPorts.get(ports) ?? []).filter((one) => one !== endpoint);
    if (ports === null) return;
    if (rest.length === 0) this.#byPorts.delete(ports);
    else this.#byPorts.set(ports, rest);
  }

  find(looks: Looks): Endpoint | undefined {
    const byInode = looks.inode !== null && looks.inode > 0 ? this.#byInode.get(looks.inode) : undefined;
    if (byInode !== undefined) return byInode;
    const ports = portsOf(looks);
    return ports === null ? undefined : this.#byPorts.get(ports)?.find((endpoint) => isSame(endpoint, looks));
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

/**
 * Events with stand-ins for what tells who and where: addresses, and names of hosts, processes, units, containers, users, files.
 * Keyed: the same name has the same stand-in under one key, and without the key none can be turned back by trying names.
 *
 * Kept, since a diagnosis lives by it: ports, times, states, pids, inodes, kinds, the kernel's own words (wchan, syscalls);
 * of addresses the family, loopback and unspecified ones as they are, and who shares a subnet with whom.
 *
 *   10.0.3.4, 10.0.3.9, 10.7.0.1   →   10.181.44.7, 10.181.44.93, 10.22.130.5        prefix for prefix, number for number
 *
 * The first number of an address stays: 10 is a private network, fe80 a link.
 */
import type { ProcessEvent } from "./census.ts";
import type { Address, Event } from "./event.ts";
import type { Frame } from "./site.ts";

/** A keyed hash: the same bytes for the same words. */
export type Keyed = (words: string) => Uint8Array;

/** Stand-ins remembered; then they are worked out again. */
const MEMORY = 100_000;
/** Letters of a stand-in: a chance of one in a million that two of a thousand names share one. */
const NAME_CHARS = 8;

export class Redactor {
  readonly #keyed: Keyed;
  readonly #known = new Map<string, string>();

  constructor(keyed: Keyed) {
    this.#keyed = keyed;
  }

  redact(event: Event): Event {
    switch (event.type) {
      case "recording":
        return {
          ...event,
          host: this.name("host", event.host),
          bootId: this.name("boot", event.bootId),
          filters: this.#filters(event.filters),
        };
      case "process":
        return this.#process(event);
      case "census":
        return {
          ...event,
          local: this.#at(event.local),
          remote: this.#at(event.remote),
          sock: this.#sight(event.sock),
          cgroup: this.#or("path", event.cgroup),
        };
      case "threads":
        return { ...event, groups: event.groups.map((group) => this.#group(group)) };
      case "round":
        // Its words name processes and paths.
        return {
          ...event,
          why: event.why.map(() => "something, which the redaction does not name, could not be seen"),
        };
      case "path":
        return { ...event, local: this.#at(event.local), remote: this.#at(event.remote) };
      case "symbol":
        return this.#symbol(event);
      case "site":
      case "paths":
      case "limits":
      case "tick":
      case "end":
        return event;
      case "mark":
        return { ...event, text: "mark" };
      case "gap":
        return { ...event, text: `events missing (${event.why})` };
      case "close":
        return {
          ...event,
          local: this.#at(event.local),
          remote: this.#at(event.remote),
          comm: this.#or("comm", event.comm),
        };
      case "state":
        return { ...event, local: this.#at(event.local), remote: this.#at(event.remote) };
      default:
        return {
          ...event,
          local: this.#at(event.local),
          remote: this.#at(event.remote),
          comm: this.name("comm", event.comm),
        };
    }
  }

  /** A stand-in of its kind: "comm-4kf02mzq". */
  name(kind: string, raw: string): string {
    return this.#remembered(`${kind}\0${raw}`, (words) => `${kind}-${letters(this.#keyed(words))}`);
  }

  address(addr: string): string {
    return this.#remembered(`addr\0${addr}`, () => this.#addressOf(addr));
  }

  #addressOf(addr: string): string {
    if (isWellKnown(addr)) return addr;
    if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(addr)) {
      return this.#mapped(addr.split(".").map(Number), 4).join(".");
    }
    if (!addr.includes(":")) return this.name("addr", addr);
    const groups = groupsOf(addr).map((group) => Number.parseInt(group, 16));
    return this.#mapped(groups, 8)
      .map((group) => group.toString(16))
      .join(":");
  }

  /** Each number by those before it, one to one: what shares a beginning still does, and no two become one. */
  #mapped(numbers: readonly number[], halfBits: number): readonly number[] {
    return numbers.map((number, index) => {
      const prefix = numbers.slice(0, index).join(".");
      return index === 0 ? number : this.#permuted(number, `${halfBits}\0${prefix}`, halfBits);
    });
  }

  /** A Feistel network of four rounds: a permutation, whatever the key. */
  #permuted(number: number, words: string, halfBits: number): number {
    const half = 2 ** halfBits;
    let [left, right] = [Math.floor(number / half) % half, number % half];
    for (let round = 0; round < 4; round++) {
      const [mixed = 0] = this.#keyed(`${words}\0${round}\0${right}`);
      [left, right] = [right, (left + mixed) % half];
    }
    return left * half + right;
  }

  #at(address: Address | null): Address | null {
    return address === null ? null : { addr: this.address(address.addr), port: address.port };
  }

  /** A sight that goes by its addresses holds them in its name. */
  #sight(sock: string): string {
    return sock.startsWith("t") ? this.name("t", sock) : sock;
  }

  #or(kind: string, raw: string | null): string | null {
    return raw === null ? null : this.name(kind, raw);
  }

  #process(event: ProcessEvent): ProcessEvent {
    return {
      ...event,
      comm: this.name("comm", event.comm),
      exe: this.#or("exe", event.exe),
      args: [],
      uid: event.uid === 0 ? 0 : null,
      user: event.user === "root" ? "root" : this.#or("user", event.user),
      unit: this.#or("unit", event.unit),
      container: event.container && { ...event.container, id: this.name("container", event.container.id) },
      pod: event.pod && { name: this.#or("pod", event.pod.name), uid: this.name("pod", event.pod.uid) },
    };
  }

  /** Functions are what a report is for; files and objects tell whose they are. */
  #frame(frame: Frame): Frame {
    return { ...frame, file: this.#or("file", frame.file), object: this.#or("object", frame.object) };
  }

  #symbol(event: Extract<Event, { type: "symbol" }>): typeof event {
    const frames = event.frames.map((frame) => this.#frame(frame));
    const standing = event.standing?.map((thread) => ({
      ...thread,
      name: this.name("thread", thread.name),
      frames: thread.frames.map((frame) => this.#frame(frame)),
    }));
    return { ...event, frames, notes: [], ...(standing !== undefined && { standing }) };
  }

  #group(group: Extract<Event, { type: "threads" }>["groups"][number]): typeof group {
    const { waitsFor } = group;
    const waits = waitsFor && { ...waitsFor, local: this.#at(waitsFor.local), remote: this.#at(waitsFor.remote) };
    return { ...group, name: this.name("thread", group.name), waitsFor: waits };
  }

  #filters(filters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.keys(filters).map((name) => [name, "***"]));
  }

  #remembered(words: string, make: (words: string) => string): string {
    const known = this.#known.get(words);
    if (known !== undefined) return known;
    const made = make(words);
    if (this.#known.size >= MEMORY) this.#known.clear();
    this.#known.set(words, made);
    return made;
  }
}

function letters(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, NAME_CHARS), (byte) => (byte % 36).toString(36)).join("");
}

/** Loopback and unspecified ones tell nobody anything. */
function isWellKnown(addr: string): boolean {
  return /^127\.|^0\.0\.0\.0$|^::1?$/.test(addr);
}

/** The eight groups of an IPv6 address; an embedded v4 part is two of them. */
function groupsOf(addr: string): readonly string[] {
  const plain = addr.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${hex(a, b)}:${hex(c, d)}`);
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...new Array<string>(zeros).fill("0"), ...after];
}

function hex(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

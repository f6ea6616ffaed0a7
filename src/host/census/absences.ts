/** Why a socket with an inode has no holder among the processes: io_uring, fds under way, or what may not be seen. */
import type { NoHolder } from "../../model/census.ts";
import { parseInFlight, parseRing } from "./fdinfo.ts";
import type { Fds } from "./fds.ts";
import { type ProcHost, textOr } from "./proc-host.ts";

export type Absence = { readonly reason: NoHolder; readonly ringPid: number | null };

export type Riddle = {
  /** Those of the wanted that nobody was found to hold. */
  readonly unheld: ReadonlySet<number>;
  readonly wanted: ReadonlySet<number>;
  /** Those whose owner has not closed them. */
  readonly lingering: ReadonlySet<number>;
  /** What to say of those that nothing else explains. */
  readonly elsewhere: "hidden" | "not-found";
  /** Some of them are new. */
  readonly anew: boolean;
};

const IN_FLIGHT_BUDGET = 20_000;

export class Absences {
  readonly #host: ProcHost;
  #missing = new Map<number, NoHolder>();

  constructor(host: ProcHost) {
    this.#host = host;
  }

  isKnown(inode: number): boolean {
    return this.#missing.has(inode);
  }

  /** `known`: the fds of each process. */
  async explain(riddle: Riddle, known: ReadonlyMap<number, Fds>, why: string[]): Promise<ReadonlyMap<number, Absence>> {
    const { unheld, anew } = riddle;
    if (unheld.size === 0) {
      this.#missing.clear();
      return new Map();
    }
    const rings = await this.#ringOwners(unheld, known);
    const loose = [...unheld].filter((inode) => !rings.has(inode));
    // Others that were missing may have been found, or be gone: then the count of fds under way says more.
    if (anew || loose.length !== this.#missing.size || loose.some((inode) => !this.#missing.has(inode))) {
      this.#missing = await this.#reasons(loose, riddle, { known, why });
    }
    return new Map(
      [...unheld].map((inode) => {
        const ringPid = rings.get(inode) ?? null;
        return [inode, { reason: ringPid === null ? (this.#missing.get(inode) ?? "not-found") : "io_uring", ringPid }];
      }),
    );
  }

  async #ringOwners(unheld: ReadonlySet<number>, known: ReadonlyMap<number, Fds>): Promise<Map<number, number>> {
    const owners = new Map<number, number>();
    for (const [pid, { rings, at }] of known) {
      for (const fd of rings) {
        const inodes = parseRing(await textOr(this.#host, `/proc/${at}/fdinfo/${fd}`));
        for (const inode of inodes) if (unheld.has(inode)) owners.set(inode, pid);
      }
    }
    return owners;
  }

  /**
   * The kernel counts fds under way and does not say which. As many as are missing: then it is they. As many as are missing
   * of those that linger: they are what lies forgotten in a queue, and others are missing for another reason.
   */
  async #reasons(
    loose: readonly number[],
    { lingering, wanted, elsewhere }: Riddle,
    { known, why }: { known: ReadonlyMap<number, Fds>; why: string[] },
  ): Promise<Map<number, NoHolder>> {
    const inFlight = loose.length > 0 ? await this.#countInFlight(wanted, known) : 0;
    const candidates = inFlight >= loose.length ? loose : loose.filter((inode) => lingering.has(inode));
    const enough = inFlight >= candidates.length;
    if (inFlight > 0 && !enough) why.push(`${inFlight} fds are in flight between processes, unknown which`);
    const flying = new Set(enough ? candidates : []);
    return new Map(loose.map((inode) => [inode, flying.has(inode) ? "in-flight" : elsewhere]));
  }

  async #countInFlight(wanted: ReadonlySet<number>, known: ReadonlyMap<number, Fds>): Promise<number> {
    let left = IN_FLIGHT_BUDGET;
    const seen = new Set<number>();
    let inFlight = 0;
    for (const { sockets, at } of known.values()) {
      for (const [inode, [fd]] of sockets) {
        if (wanted.has(inode) || seen.has(inode)) continue;
        if (left-- <= 0) return inFlight;
        seen.add(inode);
        inFlight += parseInFlight(await textOr(this.#host, `/proc/${at}/fdinfo/${fd}`, 4096));
      }
    }
    return inFlight;
  }
}

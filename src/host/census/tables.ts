/** The TCP tables of all namespaces, each with the moment at which it was read, and what they have in common. */
import type { TcpState } from "../../model/state.ts";
import { dumpNamespace, type Looking } from "./dump.ts";
import type { Namespace } from "./namespaces.ts";
import type { Row } from "./row.ts";
import type { Table } from "./table.ts";

/** One namespace's. */
export type Place = {
  readonly netns: number;
  /** The clock right after its table was told. */
  readonly atUs: number;
  /** LISTEN first: who looks for the owner of what was never accepted knows the listeners by then. */
  readonly rows: readonly Row[];
};

/** States in which a socket that its owner has not closed can stay for ever: their epoll sets are worth reading. */
export const LINGERING: ReadonlySet<TcpState> = new Set(["CLOSE_WAIT", "FIN_WAIT2", "CLOSING", "LAST_ACK"]);
/** ss and nsenter at a time. */
const DUMPS_AT_ONCE = 4;

export class Tables {
  /** By their moments. */
  readonly places: Place[] = [];
  /** Of namespaces that were looked into. */
  readonly netns: number[] = [];
  readonly byState: Partial<Record<TcpState, number>> = {};
  readonly inodes = new Set<number>();
  readonly lingering: number[] = [];
  readonly closeWait: number[] = [];
  readonly #looking: Looking;
  readonly #clockUs: () => number;
  readonly #why: string[] = [];
  #refused = 0;
  readonly #byUlp = new Map<string, number>();

  constructor(looking: Looking, clockUs: () => number) {
    this.#looking = looking;
    this.#clockUs = clockUs;
  }

  get why(): readonly string[] {
    const [tls, mptcp] = [this.#byUlp.get("tls"), this.#byUlp.get("mptcp")];
    const why = [...this.#why];
    if (this.#refused > 0) why.push(`${this.#refused} lines of ss were not understood`);
    if (tls !== undefined) why.push(`${tls} kTLS sockets are less well analysed`);
    if (mptcp !== undefined) why.push(`${mptcp} subflows of MPTCP are not analysed`);
    return why;
  }

  async lookInto(namespaces: readonly Namespace[]): Promise<void> {
    const left = [...namespaces];
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await this.#lookInto(next);
    };
    await Promise.all(Array.from({ length: DUMPS_AT_ONCE }, work));
  }

  async #lookInto(namespace: Namespace): Promise<void> {
    if (namespace.idle) {
      this.netns.push(namespace.inode);
      return;
    }
    const { table, why } = await dumpNamespace(this.#looking, namespace);
    const atUs = this.#clockUs();
    this.#why.push(...why);
    if (table === null) return;
    this.netns.push(namespace.inode);
    this.#count(table);
    const rows: Row[] = [];
    const others: Row[] = [];
    await this.#looking.pace.each(table.rows, (row) => {
      (row.state === "LISTEN" ? rows : others).push(row);
      this.#note(row);
    });
    this.places.push({ netns: namespace.inode, atUs, rows: rows.concat(others) });
  }

  #count({ byState, refused, byUlp }: Table): void {
    for (const [state, count] of Object.entries(byState) as [TcpState, number][]) {
      this.byState[state] = (this.byState[state] ?? 0) + count;
    }
    for (const [ulp, count] of byUlp) this.#byUlp.set(ulp, (this.#byUlp.get(ulp) ?? 0) + count);
    this.#refused += refused;
  }

  #note({ inode, state }: Row): void {
    if (inode === null || inode === 0) return;
    this.inodes.add(inode);
    if (LINGERING.has(state)) this.lingering.push(inode);
    if (state === "CLOSE_WAIT") this.closeWait.push(inode);
  }
}

/** A TCP table as its lines come: what is a connection or a listener, and counts of everything. */
import type { TcpState } from "../../model/state.ts";
import type { Row } from "./row.ts";

export type Table = {
  readonly rows: readonly Row[];
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
  /** Lines that are no socket. */
  readonly refused: number;
  /** Sockets with an upper layer protocol that moves their data past what we look at: "tls", "mptcp" … */
  readonly byUlp: ReadonlyMap<string, number>;
};

export class TableBuilder implements Table {
  readonly rows: Row[] = [];
  readonly byState: Partial<Record<TcpState, number>> = {};
  readonly byUlp = new Map<string, number>();
  refused = 0;

  get isEmpty(): boolean {
    return this.refused === 0 && Object.keys(this.byState).length === 0;
  }

  /** Null: a line that is none. */
  add(row: Row | null): void {
    if (row === null) {
      this.refused++;
      return;
    }
    this.count(row.state);
    if (row.ulp !== null) this.byUlp.set(row.ulp, (this.byUlp.get(row.ulp) ?? 0) + 1);
    if (isEndpoint(row)) this.rows.push(row);
  }

  count(state: TcpState): void {
    this.byState[state] = (this.byState[state] ?? 0) + 1;
  }
}

/** Remnants (of FIN_WAIT2, too) and requests are counted only; what is bound and not connected is found by its fd. */
function isEndpoint({ state, inode, timer }: Row): boolean {
  if (timer === "timewait" || state === "TIME_WAIT" || state === "NEW_SYN_RECV") return false;
  return state !== "CLOSE" && !(state === "SYN_RECV" && inode === 0);
}

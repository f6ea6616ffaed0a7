/** How connections ended, per local port (accept side) and per peer (connect side): who closed first, after how long. */
import type { Closer, Endpoint } from "./endpoint.ts";
import type { Address } from "./event.ts";
import { IDLE_BOUNDS_MS, idleBucketOf } from "./idle.ts";
import { Roster } from "./roster.ts";
import type { Endings } from "./snapshot.ts";

/** Ports and peers remembered: what a person could page through. A client of more peers keeps the latest. */
export const SERVICE_LIMIT = 1024;
/** Shown for where a port was reached by more than one local address. */
const ANY_ADDRESS = "*";

type Peak = NonNullable<Endings["establishedMs"]["peak"]>;
/** One bucket of one closer. The sum gives the middle of a spike exactly, though the bucket is 10% wide. */
type Cell = { readonly bucket: number; readonly closer: Peak["closer"]; count: number; sumMs: number };

class Service {
  readonly closedFirst = { us: 0, peer: 0, reset: 0, failed: 0, unknown: 0 };
  readonly cells = new Map<string, Cell>();
  readonly side: "accept" | "connect";
  where: Address;
  lastUs = 0;
  view: Endings | null = null;

  constructor(side: "accept" | "connect", where: Address) {
    this.side = side;
    this.where = where;
  }
}

export class EndingsBook {
  readonly #services = new Roster<string, Service>(SERVICE_LIMIT, () => false);

  get size(): number {
    return this.#services.size;
  }

  /** @param establishedMs time in ESTABLISHED before the first close; null where its start was not seen */
  record(of: Endpoint, closer: Closer, at: { readonly us: number; readonly establishedMs: number | null }): void {
    const where = of.side === "accept" ? of.local : of.remote;
    if (of.side === null || where === null) return;
    const service = this.#serviceOf(of.side, where, of.netns);
    service.closedFirst[closer] += 1;
    service.lastUs = Math.max(service.lastUs, at.us);
    service.view = null;
    if (at.establishedMs !== null && closer !== "failed" && closer !== "unknown") {
      addSample(service.cells, closer, at.establishedMs);
    }
  }

  view(): readonly Endings[] {
    return Array.from(this.#services.values(), (service) => {
      service.view ??= viewOfService(service);
      return service.view;
    });
  }

  /** A port is one per network namespace: two containers may both listen on 80. */
  #serviceOf(side: "accept" | "connect", where: Address, netns: number | null): Service {
    const key = side === "accept" ? `${netns}:${where.port}` : `${where.addr} ${where.port}`;
    const known = this.#services.get(key);
    if (known !== undefined) {
      if (known.where.addr !== where.addr) known.where = { addr: ANY_ADDRESS, port: where.port };
      return known;
    }
    const service = new Service(side, where);
    this.#services.set(key, service);
    return service;
  }
}

function addSample(cells: Map<string, Cell>, closer: Peak["closer"], ms: number): void {
  const bucket = idleBucketOf(ms);
  const key = `${closer}${bucket}`;
  const cell = cells.get(key);
  if (cell === undefined) cells.set(key, { bucket, closer, count: 1, sumMs: ms });
  else {
    cell.count += 1;
    cell.sumMs += ms;
  }
}

function viewOfService(service: Service): Endings {
  const counts = IDLE_BOUNDS_MS.map(() => 0);
  let peak: Cell | null = null;
  for (const cell of service.cells.values()) {
    counts[cell.bucket] = (counts[cell.bucket] ?? 0) + cell.count;
    if (peak === null || cell.count > peak.count) peak = cell;
  }
  const establishedMs = { counts, medianMs: medianOf(service), peak: peak === null ? null : peakOf(peak) };
  return { side: service.side, where: service.where, closedFirst: { ...service.closedFirst }, establishedMs };
}

function peakOf(cell: Cell): Peak {
  return { closer: cell.closer, meanMs: cell.sumMs / cell.count, count: cell.count };
}

/** The mean of the bucket in which the median lies. */
function medianOf(service: Service): number | null {
  const cells = [...service.cells.values()].sort(
    (a, b) => a.bucket - b.bucket || a.sumMs / a.count - b.sumMs / b.count,
  );
  const half = cells.reduce((sum, cell) => sum + cell.count, 0) / 2;
  let below = 0;
  for (const cell of cells) {
    below += cell.count;
    if (below >= half) return cell.sumMs / cell.count;
  }
  return null;
}

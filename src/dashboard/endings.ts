/** Who closed first, per listener and per peer, after how long: a spike at 5.0 s is somebody's keep-alive timeout. */
import { nameSpike } from "../analysis/spike.ts";
import { formatAddress } from "../format/address.ts";
import { fitCount, formatCount } from "../format/count.ts";
import { formatDuration, formatShortDuration } from "../format/duration.ts";
import type { Endings, Snapshot } from "../model/snapshot.ts";
import { cell, fixed, type Line } from "./cells.ts";

const COUNTERS = ["us", "peer", "reset", "failed", "unknown"] as const;
/** The last two are left out on a narrow terminal: the spike is worth more. */
const NARROW_COUNTERS = COUNTERS.slice(0, 3);
const NARROW_BELOW = 100;

const COUNT_COLUMNS = 7;
const MEDIAN_COLUMNS = 6;
const WHERE = { min: 24, max: 56 };
/** "the peer at 23 h 59 min: 100%" */
const SPIKE_COLUMNS = 29;

export function endingsTitle({ endings, mode }: Snapshot): string {
  const of = mode === "lean" ? " (of suspects; all: --mode full)" : "";
  return `who closed first, and after how long: ${formatCount(endings.length)} listeners and peers${of}`;
}

export type EndingsTable = {
  readonly head: Line;
  /** All of them, most closes first; the view draws those that are visible. */
  readonly rows: readonly Endings[];
  readonly line: (row: Endings) => Line;
};

export function endingsTable({ endings }: Snapshot, columns: number): EndingsTable {
  const counters = columns < NARROW_BELOW ? NARROW_COUNTERS : COUNTERS;
  const others = counters.length * (COUNT_COLUMNS + 1) + 1 + MEDIAN_COLUMNS + 2;
  const where = Math.max(WHERE.min, Math.min(WHERE.max, columns - others - SPIKE_COLUMNS));
  const names = counters.map((name) => name.toUpperCase().padStart(COUNT_COLUMNS)).join(" ");
  return {
    head: [cell(`${fixed("CLOSED FIRST BY", where)} ${names} ${"MEDIAN".padStart(MEDIAN_COLUMNS)}  SPIKE`, "head")],
    rows: endings.toSorted((a, b) => total(b) - total(a)),
    line: (row) => {
      const counts = counters.map((name) => fitCount(row.closedFirst[name], COUNT_COLUMNS).padStart(COUNT_COLUMNS));
      const name = `${row.side === "accept" ? "listen" : "peer"} ${formatAddress(row.where)}`;
      const fields = [fixed(name, where), ...counts, fixed(median(row), MEDIAN_COLUMNS, "right")];
      return [cell(`${fields.join(" ")}  ${spikeText(row)}`)];
    },
  };
}

function median({ establishedMs }: Endings): string {
  return establishedMs.medianMs === null ? "-" : formatShortDuration(establishedMs.medianMs);
}

const CLOSER = { us: "us", peer: "the peer", reset: "a reset" } as const;

/** Shorter than nameSpike's sentence: the counts stand beside it. */
function spikeText(row: Endings): string {
  const { peak } = row.establishedMs;
  if (peak === null || nameSpike(row) === null) return "";
  const { us, peer, reset } = row.closedFirst;
  return `${CLOSER[peak.closer]} at ${formatDuration(peak.meanMs)}: ${Math.floor((peak.count / (us + peer + reset)) * 100)}%`;
}

function total({ closedFirst }: Endings): number {
  return COUNTERS.reduce((sum, name) => sum + closedFirst[name], 0);
}

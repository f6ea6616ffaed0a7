/** Was everything seen that the gate must vouch for? If not, why not, one clause each. */
import { formatCount } from "../format/count.ts";
import { plural } from "../format/plural.ts";
import type { GapEvent } from "../model/event.ts";

export type Seen = {
  /** Null: probes told. Else why they did not, and how it was looked instead. */
  readonly withoutProbes: string | null;
  readonly gaps: readonly GapEvent[];
  /** Sockets in CLOSE_WAIT that an exit released, and of which the kernel had skipped since when. */
  readonly blind: number;
  /** Sockets left behind beyond those that are kept. */
  readonly omitted: number;
};

/** Causes, each once. What probes missed for want of a record is not milder than what was lost on its way. */
export function whyIncomplete({ withoutProbes, gaps, blind }: Seen): readonly string[] {
  const why: string[] = [];
  if (withoutProbes !== null) why.push(withoutProbes);
  const lost = gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0);
  if (lost > 0) why.push(`${plural(lost, "event")} lost`);
  for (const gap of gaps) if (gap.lost === null && !why.includes(gap.text)) why.push(gap.text);
  if (blind > 0) why.push(`of ${plural(blind, "socket")} in CLOSE_WAIT at an exit, since when is not known`);
  return why;
}

export function observationsOf({ omitted }: Seen): readonly string[] {
  return omitted === 0 ? [] : [`${formatCount(omitted)} more sockets were left behind than are kept here`];
}

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

/** Of gaps: the first ones tell all. */
const GAPS_SHOWN = 4;

/** Causes, each once. */
export function whyIncomplete({ withoutProbes, gaps, blind }: Seen): readonly string[] {
  const texts = [...new Set(gaps.map(({ text }) => text))];
  const more = texts.length - GAPS_SHOWN;
  return [
    ...(withoutProbes === null ? [] : [withoutProbes]),
    ...texts.slice(0, GAPS_SHOWN),
    ...(more > 0 ? [`${plural(more, "gap")} more`] : []),
    ...(blind > 0 ? [`of ${plural(blind, "socket")} in CLOSE_WAIT at an exit, since when is not known`] : []),
  ];
}

export function observationsOf({ omitted }: Seen): readonly string[] {
  return omitted === 0 ? [] : [`${formatCount(omitted)} more sockets were left behind than are kept here`];
}

/** Commands whose work a daemon does, in processes of its own. Podman starts what it runs itself: that is followed. */
const ASKS_A_DAEMON = /^(?:docker|docker-compose|nerdctl|kubectl)$/;

/** Nothing was seen of a command that had others do it: nobody can vouch for those. Null: it is not so. */
export function whyElsewhere(
  [program = ""]: readonly string[],
  { connections }: { readonly connections: number },
): string | null {
  const name = program.split("/").at(-1) ?? "";
  if (connections > 0 || !ASKS_A_DAEMON.test(name)) return null;
  return `no connection was seen: what ${name} starts is its daemon's and not the command's (docs/gate.md tells ways)`;
}

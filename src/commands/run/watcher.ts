/** Who looks at the command's sockets: probes, or where there can be none, censuses. */
import type { Seen } from "../../gate/completeness.ts";
import type { Left } from "../../gate/watch.ts";
import type { ChronicleView } from "../../model/chronicle.ts";
import type { Snapshot } from "../../model/snapshot.ts";

export type Found = {
  readonly left: readonly Left[];
  readonly snapshot: Snapshot;
  readonly seen: Seen;
  readonly chronicle: ChronicleView;
};

export type Watcher = {
  /** The command has been started, under this pid. */
  readonly begin: (pid: number) => void;
  /** The command has ended: resolves when none of its descendants lives, or the grace is over. */
  readonly settled: (graceMs: number) => Promise<void>;
  /** All that was seen; nothing is looked at any more. */
  readonly end: () => Promise<Found>;
};

/** What the stream could have shown: a thing not seen is evidence only where it would have been seen. */

import type { ProcessEvent } from "../model/census.ts";
import type { CodeView } from "../model/code-paths.ts";
import type { RecordingEvent } from "../model/event.ts";
import { hasReadTracepoint } from "../model/kernel.ts";
import type { CensusView, Snapshot, SocketView } from "../model/snapshot.ts";
import { seenSo } from "./age.ts";
import type { Thresholds } from "./finding.ts";
import { indexListeners, type Listeners } from "./listeners.ts";

export type Evidence = {
  readonly thresholds: Thresholds;
  readonly atUs: number;
  /** Probes have told what happens. */
  readonly traced: boolean;
  /** Every read that returned 0 after the FIN is in the stream. */
  readonly readsTraced: boolean;
  /** Every open and close is in the stream. */
  readonly allTraced: boolean;
  /** No accept is missed (security_sock_graft). Tracepoints miss 32-bit programs and io_uring. */
  readonly acceptsTraced: boolean;
  /** The events lost could be the closes of the sockets that stand since before the loss. */
  readonly lossExplains: boolean;
  readonly lastGapUs: number | null;
  readonly census: CensusView | null;
  readonly code: CodeView;
  readonly listeners: Listeners;
  /** Of every process that /proc told of and that holds something now. */
  readonly facts: ReadonlyMap<number, ProcessEvent>;
  /** Processes that hold something now. */
  readonly alive: ReadonlySet<number>;
};

export function evidenceOf(snapshot: Snapshot, thresholds: Thresholds): Evidence {
  const { recording, atUs, census, gaps, processes, sharers } = snapshot;
  const told = [...sharers, ...processes.flatMap(({ facts }) => (facts === null ? [] : [facts]))];
  return {
    thresholds,
    atUs,
    traced: snapshot.tracedSinceUs !== null,
    allTraced: recording?.mode === "full",
    readsTraced: recording?.mode === "full" && hasReadHook(recording),
    acceptsTraced: recording?.attachment === "fentry" || recording?.attachment === "kprobe",
    lossExplains: explainsByLoss(snapshot, thresholds),
    lastGapUs: gaps.last?.atUs ?? null,
    census,
    code: snapshot.code,
    listeners: indexListeners(snapshot.listening),
    facts: new Map(told.map((facts) => [facts.pid, facts])),
    alive: new Set([...processes, ...sharers].map(({ pid }) => pid)),
  };
}

/** A gap lies in its age, and no census has seen it stand since, or stand for so long that it had leaked by then. */
export function isDoubted(
  socket: SocketView,
  { lastGapUs, atUs, thresholds }: Pick<Evidence, "lastGapUs" | "atUs" | "thresholds">,
): boolean {
  const seen = seenSo(socket);
  if (!socket.acrossGap || seen === null || lastGapUs === null) return socket.acrossGap;
  const seenForUs = unclosedUs(socket) - (atUs - seen.atUs);
  return seen.atUs <= lastGapUs && seenForUs < thresholds.olderThanMs * 1000;
}

function unclosedUs({ peerClosedUs, inStateUs }: SocketView): number {
  return peerClosedUs ?? inStateUs;
}

/**
 * k lost events hide at most k closes: with more than twice as many sockets standing since before the loss, most of
 * them are real, and each is likely.
 */
function explainsByLoss({ gaps, atUs, processes, ownerless }: Snapshot, thresholds: Thresholds): boolean {
  if (gaps.unknown > 0) return true;
  const lastGapUs = gaps.last?.atUs ?? null;
  const lists = [ownerless, ...processes.map(({ unclosed }) => unclosed)];
  const isOld = (socket: SocketView) =>
    unclosedUs(socket) >= thresholds.olderThanMs * 1000 && isDoubted(socket, { lastGapUs, atUs, thresholds });
  const standing = lists.reduce((sum, list) => sum + list.filter(isOld).length, 0);
  return standing <= gaps.lost * 2;
}

function hasReadHook({ attachment, kernel }: RecordingEvent): boolean {
  if (attachment === "fentry" || attachment === "kprobe") return true;
  return attachment === "tracepoint" && hasReadTracepoint(kernel);
}

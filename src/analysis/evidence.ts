/** What the stream could have shown: a thing not seen is evidence only where it would have been seen. */
import type { RecordingEvent } from "../model/event.ts";
import type { Snapshot, SocketView } from "../model/snapshot.ts";
import type { Thresholds } from "./finding.ts";

export type Evidence = {
  readonly thresholds: Thresholds;
  /** Every read that returned 0 after the FIN is in the stream. */
  readonly readsTraced: boolean;
  /** No accept is missed (security_sock_graft). Tracepoints miss 32-bit programs and io_uring. */
  readonly acceptsTraced: boolean;
  /** The events lost could be the closes of the sockets that stand since before the loss. */
  readonly lossExplains: boolean;
};

export function evidenceOf(snapshot: Snapshot, thresholds: Thresholds): Evidence {
  const { recording } = snapshot;
  const readsTraced = recording?.mode === "full" && hasReadHook(recording);
  const acceptsTraced = recording?.attachment === "fentry" || recording?.attachment === "kprobe";
  return { thresholds, readsTraced, acceptsTraced, lossExplains: explainsByLoss(snapshot, thresholds) };
}

/**
 * k lost events hide at most k closes: with more than twice as many sockets standing since before the loss, most of
 * them are real, and each is likely.
 */
function explainsByLoss({ gaps, processes, ownerless }: Snapshot, { olderThanMs }: Thresholds): boolean {
  if (gaps.unknown > 0) return true;
  const lists = [ownerless, ...processes.map(({ unclosed }) => unclosed)];
  const isOld = (socket: SocketView) => socket.acrossGap && ageUs(socket) >= olderThanMs * 1000;
  const standing = lists.reduce((sum, list) => sum + list.filter(isOld).length, 0);
  return standing <= gaps.lost * 2;
}

function hasReadHook({ attachment, kernel }: RecordingEvent): boolean {
  if (attachment === "fentry" || attachment === "kprobe") return true;
  return attachment === "tracepoint" && hasReadTracepoint(kernel);
}

/** sock:sock_recv_length is in Linux from 6.3 on. */
function hasReadTracepoint(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number);
  return major > 6 || (major === 6 && minor >= 3);
}

/** For how long the program has owed it a close: since the peer closed, or as long as it was seen in its state. */
export function ageUs(socket: SocketView): number {
  return socket.peerClosedUs ?? socket.inStateUs;
}

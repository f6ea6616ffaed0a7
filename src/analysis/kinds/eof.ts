/** CLOSE_WAIT: was the program told EOF? The FIN counts as one byte of Recv-Q until it is consumed. */
import { formatCount } from "../../format/count.ts";
import type { Match, Question, Subject } from "../case.ts";
import { agoText, heldText } from "../wording.ts";

export const eofUnread: Question = (of, { readsTraced, thresholds }) => {
  const { socket, seen, course } = of;
  if (socket.state !== "CLOSE_WAIT" || socket.eofRead || isTls(of)) return null;
  const queued = seen?.recvQ ?? socket.recvQ;
  if (queued !== null && queued >= 1) {
    // A program that has ended is done with its pools. But the one that Java's HttpURLConnection keeps no program can close.
    const idle = thresholds.final !== true || (of.byJava && queued === 1);
    const lone = idle && socket.side === "connect" && course.count === 1;
    const because = `${unreadText(queued)}, ${agoText(of)}${lone ? "; an idle connection of a pool looks the same" : ""}`;
    // What lean mode told was so then; a look says how it is.
    const sure = seen === null ? "likely" : "certain";
    return { kind: "eof-unread", confidence: lone ? "possible" : sure, because, canLeak: true };
  }
  if (queued !== null || !readsTraced || socket.peerClosedUs === null || socket.letGo) return null;
  const because = `no read returned 0, ${agoText(of)} (a read of exactly the last bytes would not show)`;
  return { kind: "eof-unread", confidence: "likely", because, canLeak: true };
};

export const eofIgnored: Question = (of) => {
  const { socket, seen } = of;
  if (socket.state !== "CLOSE_WAIT") return null;
  if (socket.eofRead && (!socket.letGo || seen !== null)) {
    const because = `read returned 0, no close for ${heldText(of)}`;
    return { kind: "eof-ignored", confidence: "certain", because, canLeak: true };
  }
  if ((seen?.recvQ ?? socket.recvQ) !== 0 || isTls(of)) return null;
  const because = `EOF consumed, perhaps together with data; no close for ${heldText(of)}`;
  return { kind: "eof-ignored", confidence: "likely", because, canLeak: true };
};

/** kTLS tells its reader EOF and leaves the FIN in TCP's queue (net/tls/tls_sw.c; measured on Linux 7.2: Recv-Q 1): Recv-Q says nothing. */
function isTls({ seen }: Subject): boolean {
  return seen?.protocol === "TLS";
}

/** A peek leaves Recv-Q as it is, so that a program that peeked EOF is among these. */
function unreadText(recvQ: number): string {
  const bytes = recvQ - 1;
  const data = bytes === 0 ? "" : ` after ${formatCount(bytes)} unread ${bytes === 1 ? "byte" : "bytes"}`;
  return `its FIN is unread (at most peeked at)${data}`;
}

/** Without the holders it is not known whether a second one means it (a pre-forked worker may): no leak yet. */
export function undecided(of: Subject): Match {
  if (of.socket.letGo && of.seen === null) {
    const because = `a process let go of it, yet it is in CLOSE_WAIT for ${heldText(of)}`;
    return { kind: "unknown", confidence: "possible", because, canLeak: false };
  }
  const because = `${agoText(of)}, no close; whether EOF was read is not known`;
  return { kind: "unknown", confidence: "likely", because, canLeak: true };
}

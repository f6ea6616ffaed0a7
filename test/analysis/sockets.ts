/** Sockets and snapshots made by hand, for truth tables: each row says only what matters to it. */
import type { Judged } from "../../src/analysis/finding.ts";
import type { RecordingEvent } from "../../src/model/event.ts";
import type { Owner, ProcessView, Snapshot, SocketView } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { recording } from "../model/lives.ts";

export const SECOND_US = 1_000_000;
export const OWNER: Owner = { pid: 4121, tid: 4130, comm: "python3", fd: 7, learned: "inet_csk_accept" };

let made = 0;

/** In CLOSE_WAIT for 61 s, accepted, its whole life seen. */
export function socket(over: Partial<SocketView> = {}): SocketView {
  made += 1;
  const ends = { local: { addr: "10.0.0.1", port: 8080 }, remote: { addr: "10.0.0.9", port: 40_000 + made } };
  const flags = {
    traced: true,
    sight: null,
    halfway: false,
    acrossGap: false,
    eofRead: false,
    shutdown: false,
    letGo: false,
  };
  const ages = { inStateUs: 61 * SECOND_US, peerClosedUs: 61 * SECOND_US, firstSeenUs: 0 };
  const what = { side: "accept", state: "CLOSE_WAIT", owner: OWNER, netns: 1, inode: 500 + made } as const;
  return { id: `s${made}`, ...ends, ...flags, ...ages, ...what, steps: [], droppedSteps: 0, ...over };
}

export function aged(seconds: number, over: Partial<SocketView> = {}): SocketView {
  return socket({ inStateUs: seconds * SECOND_US, peerClosedUs: seconds * SECOND_US, ...over });
}

export function judged(seconds: number, over: Partial<Judged> = {}): Judged {
  const what = { kind: "eof-ignored", standing: "leak", confidence: "certain", because: "" } as const;
  const age = { minMs: seconds * 1000, maxMs: seconds * 1000, basis: "traced" } as const;
  return { socket: aged(seconds), age, ...what, ...over };
}

export function process(over: Partial<ProcessView> = {}): ProcessView {
  const told = { facts: null, limits: null, threads: null, history: [] };
  return { pid: 4121, comm: "python3", ...told, live: 1, opened: 97, closed: 74, byState: {}, unclosed: [], ...over };
}

export type SnapshotOver = Partial<Snapshot> & { readonly attachment?: RecordingEvent["attachment"] };

/** Watched for 100 s in full mode through fentry; nothing lost. */
export function snapshot(over: SnapshotOver = {}): Snapshot {
  const atUs = 100 * SECOND_US;
  const record = recording(0);
  const empty = new Tracker().snapshot(atUs);
  const { attachment = record.attachment, mode = record.mode } = over;
  const heard = { ...record, attachment: attachment ?? "fentry", mode: mode ?? "full" };
  const books = { opened: 97, standing: 0, closed: 96, live: 1, lost: 0 };
  return { ...empty, sinceUs: 0, events: 500, recording: heard, attachment, mode, tracedSinceUs: 0, books, ...over };
}

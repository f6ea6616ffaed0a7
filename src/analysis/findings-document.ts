/**
 * The findings document: what `list --json` prints, and what text, markdown and html are renderings of. Each property
 * with its unit and meaning is in report/findings-schema.ts, which the compiler holds against these types.
 */
import type { ThreadGroup } from "../model/census.ts";
import type { Address, Attachment, Mode } from "../model/event.ts";
import type { Frame } from "../model/site.ts";
import type { TcpState } from "../model/state.ts";
import type { Age, AttributedBy, Confidence, Culprit, Finding, Kind, Verdict } from "./finding.ts";
import type { FindingSite } from "./sites.ts";

export type FindingsDocument = {
  readonly schema: 1;
  readonly summary: {
    readonly verdict: Verdict;
    readonly leaked: number;
    readonly suspects: number;
    readonly worst: string | null;
    readonly text: string;
  };
  readonly host: { readonly name: string | null; readonly bootId: string | null; readonly kernel: string | null };
  readonly observed: Observed;
  readonly findings: readonly DocumentFinding[];
  readonly observations: readonly string[];
  readonly totals: {
    readonly byState: Readonly<Partial<Record<TcpState, number>>>;
    readonly opened: number;
    readonly standing: number;
    readonly closed: number;
    readonly live: number;
    readonly lost: number;
    readonly listeners: number;
    readonly oldestCloseWaitMs: number | null;
  };
};

export type Observed = {
  readonly from: string | null;
  readonly to: string | null;
  readonly fromUs: number;
  readonly toUs: number;
  readonly mode: Mode | null;
  readonly attachment: Attachment | null;
  readonly lost: number;
  readonly complete: boolean;
  readonly why: readonly string[];
  readonly census: { readonly rounds: number; readonly lastUs: number; readonly namespaces: number } | null;
};

export type DocumentFinding = {
  readonly id: string;
  readonly kind: Kind;
  readonly leak: boolean;
  readonly standing: Standing;
  readonly confidence: Confidence;
  readonly because: string;
  readonly evidence: readonly string[];
  readonly process: Culprit | null;
  readonly attributedBy: AttributedBy | null;
  readonly count: number;
  readonly oldest: Age;
  readonly growth: {
    readonly perHour: number;
    readonly windowMs: number;
    readonly method: "ages" | "rounds";
  } | null;
  readonly growthUnknown: string | null;
  readonly curve: Finding["curve"];
  readonly fds: Finding["fds"];
  readonly side: Finding["side"];
  readonly localPorts: Finding["localPorts"];
  readonly localPortsOmitted: number;
  readonly peers: Finding["peers"];
  readonly peersOmitted: number;
  readonly queue: Finding["queue"];
  readonly epoll: Finding["epoll"];
  readonly sites: readonly DocumentSite[];
  readonly sitesOmitted: number;
  /** Why some of its sockets, or all, have no code path, and when one is to be expected; null: all have, or nobody asked. */
  readonly sitesUnknown: string | null;
  readonly threads: readonly DocumentThreads[];
  readonly lookAgainMs: number | null;
  readonly sockets: readonly DocumentSocket[];
  readonly advice: readonly string[];
  readonly next: string;
};

/** `frames` innermost first; empty: not resolved. */
export type DocumentSite = Omit<FindingSite, "frames" | "closedAt"> & {
  readonly frames: readonly Frame[];
  readonly closedAt: readonly { readonly frames: readonly Frame[]; readonly count: number }[];
};

export type Standing = "leak" | "suspect" | "listed";

export type DocumentThreads = Omit<ThreadGroup, "waitsFor"> & {
  readonly waitsFor: {
    readonly fd: number;
    readonly addr: string | null;
    readonly port: number | null;
    readonly state: TcpState | null;
    readonly silentMs: number | null;
  } | null;
};

export type DocumentSocket = {
  readonly local: Address | null;
  readonly remote: Address | null;
  readonly state: TcpState;
  readonly standing: Standing;
  readonly confidence: Confidence;
  readonly oldest: Age;
  readonly unreadBytes: number | null;
  readonly fd: number | null;
  readonly inode: number | null;
  readonly netns: number | null;
  readonly epoll: "none" | "no-read" | "read" | null;
  readonly holders: readonly { readonly pid: number; readonly fd: number }[];
};

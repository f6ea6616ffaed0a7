/** Lives of sockets → lists of numbers. */
import type { Analysis, Judged } from "../../analysis/finding.ts";
import { formatAddress } from "../../format/address.ts";
import type { ChronicleView, Ended } from "../../model/chronicle.ts";
import type { SocketView } from "../../model/snapshot.ts";
import { STATE_NAMES, type TcpState } from "../../model/state.ts";
import { stateOfStep } from "../../model/timeline.ts";
import type { Bars } from "./page-data.ts";

/** More cannot be looked at, and the page must stay small; the rest is counted. */
const SOCKETS_MAX = 25_000;
const STANDING = { leak: 0, suspect: 1, listed: 2 } as const;
const CLOSED = { late: 3, other: 4 } as const;

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

export function barsOf({ findings }: Analysis, chronicle: ChronicleView, fromUs: number): Bars {
  const packer = new Packer(fromUs);
  findings.forEach((finding, index) => {
    for (const judged of finding.sockets) packer.judged(judged, index, nameOf(judged.socket, finding.process));
  });
  for (const ended of chronicle.late) packer.ended(ended, CLOSED.late);
  for (const ended of chronicle.others) packer.ended(ended, CLOSED.other);
  const shown = chronicle.late.length + chronicle.others.length;
  return packer.bars(chronicle.ended - shown);
}

class Packer {
  readonly #fromUs: number;
  readonly #texts = new Map<string, number>();
  readonly #bars: Writable<Bars> = {
    ...{ states: [...STATE_NAMES], texts: [], finding: [], standing: [], owner: [], local: [], remote: [], fd: [] },
    ...{ pieces: [], pieceState: [], pieceAt: [], end: [], omitted: 0 },
  };

  constructor(fromUs: number) {
    this.#fromUs = fromUs;
  }

  judged({ socket, standing }: Judged, finding: number, owner: string): void {
    this.#add(socket, { finding, standing: STANDING[standing], owner, endUs: null });
  }

  ended({ socket, endedUs }: Ended, standing: number): void {
    this.#add(socket, { finding: -1, standing, owner: nameOf(socket, null), endUs: endedUs });
  }

  bars(omitted: number): Bars {
    this.#bars.texts = [...this.#texts.keys()];
    this.#bars.omitted += omitted;
    return this.#bars;
  }

  #add(socket: SocketView, of: { finding: number; standing: number; owner: string; endUs: number | null }): void {
    const bars = this.#bars;
    if (bars.pieces.length >= SOCKETS_MAX) {
      bars.omitted += 1;
      return;
    }
    const pieces = piecesOf(socket);
    bars.finding.push(of.finding);
    bars.standing.push(of.standing);
    bars.owner.push(this.#text(of.owner));
    bars.local.push(this.#text(formatAddress(socket.local)));
    bars.remote.push(this.#text(formatAddress(socket.remote)));
    bars.fd.push(socket.owner?.fd ?? socket.sight?.seen.holders[0]?.fd ?? null);
    bars.pieces.push(pieces.length);
    for (const { state, atUs } of pieces) {
      bars.pieceState.push(STATE_NAMES.indexOf(state));
      bars.pieceAt.push(this.#seconds(atUs));
    }
    bars.end.push(of.endUs === null ? null : this.#seconds(of.endUs));
  }

  #text(text: string): number {
    const known = this.#texts.get(text) ?? this.#texts.size;
    this.#texts.set(text, known);
    return known;
  }

  /** To a millisecond: more is not to be seen, and takes room. */
  #seconds(atUs: number): number {
    return Math.round((atUs - this.#fromUs) / 1000) / 1000;
  }
}

/** The states that it was seen to be in; of one whose moves were not seen, the one that it is in. */
function piecesOf(socket: SocketView): readonly { readonly state: TcpState; readonly atUs: number }[] {
  const seen = socket.steps.flatMap((step) => {
    const state = stateOfStep(step);
    return state === null ? [] : { state, atUs: step.atUs };
  });
  return seen.length > 0 ? seen : [{ state: socket.state, atUs: socket.firstSeenUs }];
}

function nameOf({ owner }: SocketView, process: { readonly comm: string; readonly pid: number } | null): string {
  const who = process ?? owner;
  return who === null ? "nobody known" : `${who.comm} ${who.pid}`;
}

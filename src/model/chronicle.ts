/**
 * What happened over the whole of a stream, for pictures of it: curves, marks, gaps, and lives of sockets that ended. Listens
 * beside a tracker, which is told each event first. Bounded: a day and a minute take the same room.
 */
import type { Event } from "./event.ts";
import { Sample } from "./sample.ts";
import type { SocketView } from "./snapshot.ts";
import type { TcpState } from "./state.ts";
import type { Tracker } from "./tracker.ts";

/** A screen is no wider. */
export const POINTS_MAX = 1_200;
/** Of marks, and of gaps: more cannot be told apart. */
const NOTES_MAX = 500;
/** Ended sockets that were closed late, and others, for comparison. */
const LATE_MAX = 4_000;
const OTHERS_MAX = 1_000;
/** From here on a close was late: the age of a suspect. */
const LATE_US = 5_000_000;
/** Processes whose fds are followed. */
const PROCESSES_MAX = 64;
/** Names of processes: some of them are gone when somebody looks at their fds. */
const NAMES_MAX = 4_096;
const SECOND_US = 1_000_000;

export type Point = {
  readonly atUs: number;
  readonly live: number;
  readonly unclosed: number;
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
};
export type Note = { readonly atUs: number; readonly text: string };
export type GapNote = Note & { readonly lost: number | null };
export type FdPoint = { readonly atUs: number; readonly used: number; readonly limit: number | null };

export type Ended = { readonly endedUs: number; readonly socket: SocketView };

export type ChronicleView = {
  readonly points: readonly Point[];
  readonly marks: readonly Note[];
  readonly gaps: readonly GapNote[];
  /** Marks and gaps beyond those. */
  readonly notesOmitted: number;
  readonly fds: ReadonlyMap<number, readonly FdPoint[]>;
  readonly names: ReadonlyMap<number, string>;
  readonly late: readonly Ended[];
  readonly others: readonly Ended[];
  /** Sockets that ended, all of them. */
  readonly ended: number;
};

export class Chronicle {
  readonly #tracker: Tracker;
  readonly #points = new Sample<Point>(POINTS_MAX);
  readonly #marks: Note[] = [];
  readonly #gaps: GapNote[] = [];
  readonly #fds = new Map<number, Sample<FdPoint>>();
  readonly #names = new Map<number, string>();
  readonly #late = new Sample<Ended>(LATE_MAX);
  readonly #others = new Sample<Ended>(OTHERS_MAX);
  #notesOmitted = 0;
  #pointUs = Number.NEGATIVE_INFINITY;
  #ended = 0;

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
  }

  note(event: Event): void {
    if (event.atUs - this.#pointUs >= SECOND_US) this.#point(event.atUs);
    switch (event.type) {
      case "close":
        if (event.how === "destroyed" || event.how === "replaced") this.#end(event.sock, event.atUs);
        break;
      case "mark":
        this.#keep(this.#marks, { atUs: event.atUs, text: event.text });
        break;
      case "gap":
        this.#keep(this.#gaps, { atUs: event.atUs, text: event.text, lost: event.lost });
        break;
      case "process":
        if (this.#names.size < NAMES_MAX || this.#names.has(event.pid)) this.#names.set(event.pid, event.comm);
        break;
      case "limits":
        this.#follow(event.pid)?.add({ atUs: event.atUs, used: event.fds.used, limit: event.fds.limit });
    }
  }

  view(): ChronicleView {
    return {
      points: this.#points.all(),
      marks: this.#marks,
      gaps: this.#gaps,
      notesOmitted: this.#notesOmitted,
      fds: new Map([...this.#fds].map(([pid, points]) => [pid, points.all()])),
      names: this.#names,
      late: this.#late.all(),
      others: this.#others.all(),
      ended: this.#ended,
    };
  }

  #point(atUs: number): void {
    this.#pointUs = atUs;
    if (this.#points.wants) this.#points.add({ atUs, ...this.#tracker.counts() });
    else this.#points.skip();
  }

  #end(sock: string, atUs: number): void {
    this.#ended += 1;
    const socket = this.#tracker.socket(sock, atUs);
    if (socket === null) return;
    const isLate = socket.peerClosedUs !== null && socket.peerClosedUs >= LATE_US;
    (isLate ? this.#late : this.#others).add({ endedUs: atUs, socket });
  }

  #keep<T>(list: T[], note: T): void {
    if (list.length < NOTES_MAX) list.push(note);
    else this.#notesOmitted += 1;
  }

  #follow(pid: number): Sample<FdPoint> | undefined {
    const known = this.#fds.get(pid);
    if (known !== undefined || this.#fds.size >= PROCESSES_MAX) return known;
    const points = new Sample<FdPoint>(POINTS_MAX);
    this.#fds.set(pid, points);
    return points;
  }
}

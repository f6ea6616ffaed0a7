/**
 * The gate's watch without probes: what censuses saw stand unclosed for long enough, and whether it was closed or its process
 * ended. Between two looks only the process tells: it lives, so somebody closed it; it is gone, so its exit did.
 */
import { analyse } from "../analysis/analyse.ts";
import { Chronicle, type ChronicleView } from "../model/chronicle.ts";
import type { Event } from "../model/event.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { Tracker } from "../model/tracker.ts";
import type { Left } from "./watch.ts";

type Look = {
  readonly atUs: number;
  readonly followed: ReadonlySet<number>;
  readonly isGone: (pid: number) => boolean;
};

export class Sightings {
  readonly #tracker = new Tracker();
  readonly #chronicle = new Chronicle(this.#tracker);
  readonly #olderThanMs: number;
  /** Old enough at the latest look. */
  #standing = new Map<string, Left>();
  readonly #left: Left[] = [];

  constructor({ olderThanMs }: { readonly olderThanMs: number }) {
    this.#olderThanMs = olderThanMs;
  }

  take(events: readonly Event[]): void {
    for (const event of events) {
      this.#tracker.apply(event);
      this.#chronicle.note(event);
    }
  }

  /** After each round. */
  look({ atUs, followed, isGone }: Look): void {
    const snapshot = this.#tracker.snapshot(atUs);
    const standing = this.#leaksIn(snapshot, followed);
    for (const [id, one] of this.#standing) {
      if (!standing.has(id) && one.pid !== null && isGone(one.pid)) this.#left.push({ ...one, release: "exit" });
    }
    this.#standing = standing;
  }

  end(atUs: number): {
    readonly left: readonly Left[];
    readonly snapshot: Snapshot;
    readonly chronicle: ChronicleView;
  } {
    const left = [...this.#left, ...this.#standing.values()];
    return { left, snapshot: this.#tracker.snapshot(atUs), chronicle: this.#chronicle.view() };
  }

  #leaksIn(snapshot: Snapshot, followed: ReadonlySet<number>): Map<string, Left> {
    const { findings } = analyse(snapshot, {
      olderThanMs: this.#olderThanMs,
      suspectMs: this.#olderThanMs,
      final: true,
    });
    const found = new Map<string, Left>();
    for (const { process, sockets } of findings) {
      if (process === null || !followed.has(process.pid)) continue;
      const facts = snapshot.processes.find(({ pid }) => pid === process.pid)?.facts ?? null;
      for (const { socket, standing } of sockets) {
        if (standing === "leak")
          found.set(socket.id, { socket, pid: process.pid, comm: process.comm, facts, release: null });
      }
    }
    return found;
  }
}

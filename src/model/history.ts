/**
 * How many unclosed sockets a process had in each round of the census, by side and peer. When the points are as many as may
 * be, every second one goes: the course of a day and the last minutes cost the same.
 */
import type { Endpoint } from "./endpoint.ts";
import type { Address } from "./event.ts";
import type { History } from "./snapshot.ts";

/** Two hundred points tell a curve on a screen of two hundred columns. */
export const HISTORY_LENGTH = 240;
/** Sides and peers followed in one process: a client of more peers shows its trend in the sum of these. */
export const HISTORY_PEERS = 32;

type Course = { readonly side: Endpoint["side"]; readonly peer: Address | null; points: History["points"][number][] };

export class Histories {
  readonly #courses = new Map<string, Course>();

  get size(): number {
    return this.#courses.size;
  }

  /** One round's count of the unclosed sockets. */
  add(atUs: number, unclosed: Iterable<Endpoint>): void {
    const counts = new Map<string, number>();
    for (const endpoint of unclosed) {
      const peer = peerOf(endpoint);
      const key = `${endpoint.side} ${peer?.addr} ${peer?.port}`;
      if (!this.#courses.has(key)) {
        if (this.#courses.size >= HISTORY_PEERS) continue;
        this.#courses.set(key, { side: endpoint.side, peer, points: [] });
      }
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, course] of this.#courses) this.#point(key, course, { atUs, count: counts.get(key) ?? 0 });
  }

  view(): readonly History[] {
    return Array.from(this.#courses.values(), ({ side, peer, points }) => ({ side, peer, points: points.slice() }));
  }

  /** A course that has been at nothing all along is forgotten, so that another peer may take its place. */
  #point(key: string, course: Course, point: Course["points"][number]): void {
    course.points.push(point);
    if (course.points.length > HISTORY_LENGTH) course.points = course.points.filter((_, at) => at % 2 === 0);
    if (course.points.every(({ count }) => count === 0)) this.#courses.delete(key);
  }
}

function peerOf({ side, remote }: Endpoint): Address | null {
  if (remote === null) return null;
  return side === "connect" ? remote : { addr: remote.addr, port: 0 };
}

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

type Course = {
  readonly side: Endpoint["side"];
  readonly peer: Address | null;
  points: History["points"][number][];
  /** In the round that is being counted. */
  count: number;
};

export class Histories {
  readonly #courses = new Map<string, Course>();

  get size(): number {
    return this.#courses.size;
  }

  /** One round's count of the unclosed sockets. */
  add(atUs: number, unclosed: Iterable<Endpoint>): void {
    for (const course of this.#courses.values()) course.count = 0;
    let course: Course | undefined;
    for (const endpoint of unclosed) {
      // Mostly one follows another of the same: a key for each of twenty thousand costs more than to look.
      if (course === undefined || !isOf(course, endpoint)) course = this.#courseOf(endpoint);
      if (course !== undefined) course.count += 1;
    }
    for (const [key, of] of this.#courses) this.#point(key, of, { atUs, count: of.count });
  }

  view(): readonly History[] {
    return Array.from(this.#courses.values(), ({ side, peer, points }) => ({ side, peer, points: points.slice() }));
  }

  /** Undefined: there are as many courses as are followed. */
  #courseOf(endpoint: Endpoint): Course | undefined {
    const peer = peerOf(endpoint);
    const key = `${endpoint.side} ${peer?.addr} ${peer?.port}`;
    const known = this.#courses.get(key);
    if (known !== undefined || this.#courses.size >= HISTORY_PEERS) return known;
    const course: Course = { side: endpoint.side, peer, points: [], count: 0 };
    this.#courses.set(key, course);
    return course;
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

function isOf(course: Course, { side, remote }: Endpoint): boolean {
  if (course.side !== side) return false;
  if (course.peer === null || remote === null) return course.peer === remote;
  return course.peer.addr === remote.addr && (side !== "connect" || course.peer.port === remote.port);
}

/** An idle connection of a keep-alive pool, that the server gave up: closed when the pool next takes it. */
import { formatCount } from "../../format/count.ts";
import type { Match, Question } from "../case.ts";
import { GROWTH_MIN_GAINED } from "../growth.ts";

/** One alone may be a pool or a leak: pool-idle speaks from two on. */
const POOL_MIN = 2;
/** Of a program that has ended: shorter, and all that it did looks like one moment. Tests take seconds. */
const PLATEAU_MIN_MS = 10_000;

export const poolIdle: Question = ({ socket, age, seen, course }, { thresholds }) => {
  if (socket.side !== "connect" || socket.state !== "CLOSE_WAIT") return null;
  if (thresholds.final && age.minMs < PLATEAU_MIN_MS) return null;
  // A program that was told EOF and kept the socket is no pool; nor is one whose sockets TCP has ended by now.
  if (socket.eofRead || course.ended || course.trend !== "stands" || course.count < POOL_MIN) return null;
  const many = course.count > GROWTH_MIN_GAINED && seen?.recvQ !== 0;
  const because = `${formatCount(course.count)} to one peer, and no more of them lately: a keep-alive pool does so`;
  return { kind: "pool-idle", confidence: many ? "likely" : "possible", because, canLeak: false } satisfies Match;
};

/** Arbitrary streams for property tests: legal lives mixed, cut, and disturbed. */
import fc from "fast-check";
import type { Event, SocketEvent } from "../../src/model/event.ts";
import { STATE_NAMES } from "../../src/model/state.ts";
import { gap, Life, tick } from "./lives.ts";

/** How one life goes; every script ends in CLOSE and destroyed, so that a prefix of it is what a leak is. */
const SCRIPTS: Readonly<Record<string, (life: Life) => SocketEvent[]>> = {
  peerFirst: (life) => [
    ...[...life.accepted(), life.open("accept", null), ...life.peerCloses(), life.read(), life.close("close")],
    ...[life.state("CLOSE_WAIT", "LAST_ACK"), life.state("LAST_ACK", "CLOSE"), life.close("destroyed")],
  ],
  weFirst: (life) => [
    ...[...life.connected(), life.close("tcp_close"), life.state("ESTABLISHED", "FIN_WAIT1")],
    ...[life.state("FIN_WAIT1", "FIN_WAIT2"), life.state("FIN_WAIT2", "CLOSE"), life.close("destroyed")],
  ],
  bothAtOnce: (life) => [
    ...[...life.accepted(), life.shutdown("both"), life.state("ESTABLISHED", "FIN_WAIT1")],
    ...[life.state("FIN_WAIT1", "CLOSING"), life.state("CLOSING", "CLOSE"), life.close("tcp_close")],
  ],
  shutThenHeld: (life) => [
    ...[...life.connected(), ...life.peerCloses(), life.shutdown(), life.state("CLOSE_WAIT", "LAST_ACK")],
    ...[life.state("LAST_ACK", "CLOSE"), life.close("tcp_close"), life.close("destroyed")],
  ],
  resetThenHeld: (life) => [...life.accepted(), life.state("ESTABLISHED", "CLOSE"), life.close("destroyed")],
  neverAccepted: (life) => [
    ...[life.state("LISTEN", "SYN_RECV"), life.state("SYN_RECV", "ESTABLISHED"), ...life.peerCloses()],
    ...[life.state("CLOSE_WAIT", "CLOSE_WAIT"), life.state("CLOSE_WAIT", "CLOSE"), life.close("destroyed")],
  ],
  failed: (life) => [
    life.state("CLOSE", "SYN_SENT"),
    life.open("connect"),
    life.state("SYN_SENT", "CLOSE"),
    life.close("replaced"),
  ],
  openFirst: (life) => [
    life.open("connect"),
    life.state("CLOSE", "SYN_SENT"),
    life.state("SYN_SENT", "ESTABLISHED"),
    life.close("replaced"),
  ],
  listener: (life) => [
    life.state("CLOSE", "LISTEN"),
    life.close("tcp_close"),
    life.state("LISTEN", "CLOSE"),
    life.close("destroyed"),
  ],
  neverConnected: (life) => [life.close("tcp_close"), life.state("CLOSE", "CLOSE"), life.close("destroyed")],
};

type Plan = {
  readonly script: string;
  readonly from: number;
  readonly to: number;
  readonly pid: number;
  readonly startUs: number;
  readonly paceUs: number;
};

const plan: fc.Arbitrary<Plan> = fc.record({
  script: fc.constantFrom(...Object.keys(SCRIPTS)),
  /** Events cut at the start (first seen halfway) and at the end (still standing, or lost). */
  from: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
  to: fc.oneof({ weight: 2, arbitrary: fc.constant(99) }, { weight: 1, arbitrary: fc.nat(9) }),
  pid: fc.constantFrom(0, 100, 101, 102),
  startUs: fc.nat(5_000_000),
  paceUs: fc.constantFrom(0, 1, 1_000, 400_000),
});

function eventsOf({ script, from, to, pid, startUs, paceUs }: Plan, i: number): SocketEvent[] {
  const events = SCRIPTS[script]?.(new Life(`s${i}`, { pid, serial: i })) ?? [];
  return events.slice(from, to).map((event, n) => ({ ...event, atUs: startUs + n * paceUs }));
}

/** Legal lives by kernel time, with ticks and gaps between them: what a good source delivers. */
export const orderly: fc.Arbitrary<Event[]> = fc
  .tuple(fc.array(plan, { maxLength: 12 }), fc.array(fc.nat(6_000_000), { maxLength: 2 }), fc.boolean())
  .map(([plans, gapsAtUs, ticks]) => {
    const beats = ticks ? [0, 1, 2, 3, 4, 5, 6].map((second) => tick(second * 1_000_000)) : [];
    const all = [...plans.flatMap(eventsOf), ...gapsAtUs.map((atUs) => gap(atUs)), ...beats];
    return all.sort((a, b) => a.atUs - b.atUs);
  });

/** The same, with some events moved to a later place: they arrive late. */
export const withLateOnes: fc.Arbitrary<Event[]> = fc
  .tuple(orderly, fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 5 }))
  .map(([events, delays]) => {
    const delayed = [...events];
    for (const [at, by] of delays) {
      const [event] = delayed.splice(at % Math.max(1, delayed.length), 1);
      if (event !== undefined) delayed.splice((at % Math.max(1, delayed.length)) + by, 0, event);
    }
    return delayed;
  });

/** No kernel sends this: any event about any of four sockets at any time. */
export const nonsense: fc.Arbitrary<Event[]> = fc.array(
  fc
    .record({
      id: fc.nat(3),
      pid: fc.constantFrom(0, 100, 101),
      atUs: fc.nat(3_000_000),
      what: fc.constantFrom(
        "state",
        "state",
        "state",
        "open",
        "connect",
        "read",
        "shutdown",
        "close",
        "tcp_close",
        "destroyed",
        "replaced",
        "gap",
      ),
      from: fc.constantFrom(...STATE_NAMES),
      to: fc.constantFrom(...STATE_NAMES),
    })
    .map(({ id, pid, atUs, what, from, to }): Event => {
      const life = new Life(`s${id}`, { pid, atUs, serial: id });
      if (what === "gap") return gap(atUs);
      if (what === "open" || what === "connect") return life.open(what === "open" ? "accept" : "connect");
      if (what === "read" || what === "shutdown") return life[what]();
      if (what === "state") return life.state(from, to);
      return life.close(what as "close" | "tcp_close" | "destroyed" | "replaced");
    }),
  { maxLength: 40 },
);

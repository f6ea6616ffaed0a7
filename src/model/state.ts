/**
 * The kernel's TCP states and the moves between them: the only such table.
 *
 * Numbers: include/net/tcp_states.h (Linux 6.12). TIME_WAIT never appears in a socket's own
 * transitions: the kernel swaps the socket for a small remnant, so a socket goes FIN_WAIT2 → CLOSE.
 *
 *   connect:  CLOSE → SYN_SENT → ESTABLISHED ─┬→ FIN_WAIT1 → FIN_WAIT2 → CLOSE    we closed first
 *   accept:  LISTEN → SYN_RECV → ESTABLISHED ─┘        └→ CLOSING → CLOSE         both at once
 *                                        └→ CLOSE_WAIT → LAST_ACK → CLOSE         the peer closed first
 */
export const TCP_STATES = {
  1: "ESTABLISHED",
  2: "SYN_SENT",
  3: "SYN_RECV",
  4: "FIN_WAIT1",
  5: "FIN_WAIT2",
  6: "TIME_WAIT",
  7: "CLOSE",
  8: "CLOSE_WAIT",
  9: "LAST_ACK",
  10: "LISTEN",
  11: "CLOSING",
  12: "NEW_SYN_RECV",
} as const;

export type TcpState = (typeof TCP_STATES)[keyof typeof TCP_STATES];

export const STATE_NAMES: readonly TcpState[] = Object.values(TCP_STATES);

/** The state of a kernel number; undefined when the kernel has no such state. */
export function stateOf(number: number): TcpState | undefined {
  return TCP_STATES[number as keyof typeof TCP_STATES];
}

/**
 * Moves that Linux makes, by source: tcp_input.c, tcp.c, inet_connection_sock.c (6.12).
 * Any state may go to CLOSE (reset, timeout, abort), and a state may be set again to itself.
 */
const NEXT: Readonly<Record<TcpState, readonly TcpState[]>> = {
  CLOSE: ["SYN_SENT", "LISTEN", "SYN_RECV", "ESTABLISHED"], // ESTABLISHED: TCP repair (CRIU)
  LISTEN: ["SYN_RECV"], // seen on the child, which is born as a copy of its listener
  SYN_SENT: ["ESTABLISHED", "SYN_RECV", "FIN_WAIT1"], // SYN_RECV: simultaneous open; FIN_WAIT1: Fast Open
  SYN_RECV: ["ESTABLISHED", "FIN_WAIT1", "CLOSE_WAIT"],
  NEW_SYN_RECV: ["SYN_RECV"],
  ESTABLISHED: ["FIN_WAIT1", "CLOSE_WAIT"],
  FIN_WAIT1: ["FIN_WAIT2", "CLOSING"],
  FIN_WAIT2: [],
  CLOSING: [],
  CLOSE_WAIT: ["LAST_ACK"],
  LAST_ACK: [],
  TIME_WAIT: [],
};

/** Whether the kernel can make this move. A move that it cannot means that events between were not seen. */
export function isLegalMove(from: TcpState, to: TcpState): boolean {
  return from === to || to === "CLOSE" || NEXT[from].includes(to);
}

/** Whether this move is the birth of a connection endpoint (design: Books). */
export function isBirth(from: TcpState, to: TcpState): boolean {
  return (from === "CLOSE" && to === "SYN_SENT") || (from === "LISTEN" && to === "SYN_RECV");
}

/**
 * The moves between two states when those between were not seen: the shortest legal way, without CLOSE in it.
 * Empty when there is none (the events lost in between cannot be told).
 */
export function movesBetween(from: TcpState, to: TcpState): readonly (readonly [TcpState, TcpState])[] {
  const cameFrom = new Map<TcpState, TcpState>();
  const queue: TcpState[] = [from];
  for (let state = queue.shift(); state !== undefined && state !== to; state = queue.shift()) {
    for (const next of state === "CLOSE" ? [] : NEXT[state]) {
      if (next === from || cameFrom.has(next)) continue;
      cameFrom.set(next, state);
      queue.push(next);
    }
  }
  const moves: [TcpState, TcpState][] = [];
  for (let state = to; state !== from; ) {
    const before = cameFrom.get(state);
    if (before === undefined) return [];
    moves.unshift([before, state]);
    state = before;
  }
  return moves;
}

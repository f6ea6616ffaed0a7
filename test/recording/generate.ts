/**
 * A made recording that looks like a busy host's: some services, most of which close, and one that leaks. Deterministic. Its
 * lines have their keys in the order of a live one's (src/source/told.ts).
 */
import type { CensusEvent, ProcessEvent } from "../../src/model/census.ts";
import type { Address, Event, SocketEvent, Unnumbered } from "../../src/model/event.ts";
import type { TcpState } from "../../src/model/state.ts";

export type Made = {
  readonly events: number;
  /** Of a hundred accepted connections, so many are never closed by the leaky service. */
  readonly leakPercent: number;
  /** Events a second. */
  readonly rate?: number;
  /** Put into names: what a hostile host might hold. */
  readonly hostile?: string;
};

const START_US = 86_400_000_000;
const WALL_MS = 1_795_233_600_000;
const NETNS = 4_026_531_840;
const SERVICES = [
  { pid: 4121, comm: "java", port: 8443, unit: "checkout.service", leaks: true },
  { pid: 880, comm: "nginx", port: 443, unit: "nginx.service", leaks: false },
  { pid: 991, comm: "python3", port: 9000, unit: "api.service", leaks: false },
] as const;
type Service = (typeof SERVICES)[number];

/** Batches of a thousand or so. */
export function* make({ events, leakPercent, rate = 5_000, hostile = "" }: Made): Generator<Event[]> {
  const random = randomOf(7);
  const lives = new LivesMade(random, { leakPercent, hostile });
  let seq = 0;
  const numbered = (of: readonly Unnumbered[]) => of.map((event) => ({ ...event, seq: ++seq }) as Event);
  yield numbered([...head(hostile), ...lives.look(START_US, "full")]);
  for (let second = 0; seq < events; second++) {
    const fromUs = START_US + second * 1_000_000;
    const told: Unnumbered[] = [];
    while (told.length < rate && seq + told.length < events)
      told.push(...lives.step(fromUs + (told.length * 1e6) / rate));
    told.push({ type: "tick", atUs: fromUs + 1_000_000, wallMs: WALL_MS + (second + 1) * 1000 });
    if (second % 600 === 300)
      told.push({ type: "gap", atUs: fromUs + 1_000_000, why: "lost", lost: 17, text: "bpftrace lost 17 events" });
    if (second % 300 === 120) told.push({ type: "mark", atUs: fromUs + 1_000_000, text: `deploy ${second}${hostile}` });
    if (lives.isLookDue(second))
      told.push(...lives.look(fromUs + 1_000_000, second % 60 === 59 ? "full" : "close-wait"));
    yield numbered(told);
  }
  const endUs = START_US + Math.ceil(events / rate + 1) * 1_000_000;
  yield numbered([{ type: "end", atUs: endUs, why: "stopped" }]);
}

function head(hostile: string): Unnumbered[] {
  const where = { host: `db1${hostile}`, kernel: "6.12.43-amd64", bootId: "3f1c9a52-7a0e-4c1d-9d0e-5b0a6a7c2f11" };
  const how = { attachment: "fentry", bpftrace: "0.23.2", mode: "full", filters: {} } as const;
  return [
    { type: "recording", atUs: START_US, schema: 1, ...where, ...how, wallMs: WALL_MS },
    ...SERVICES.map(({ pid, comm, unit }): Unnumbered<ProcessEvent> => {
      const args = [`/usr/bin/${comm}`, "-jar", `app.jar${hostile}`];
      const facts = {
        exe: `/usr/bin/${comm}`,
        exeDeleted: false,
        args,
        uid: 1000,
        user: "app",
        ppid: 1,
        unit: `${unit}${hostile}`,
      };
      const apart = { container: null, pod: null, netns: NETNS, pidInContainer: null };
      return {
        type: "process",
        atUs: START_US,
        pid,
        startedUs: START_US - 3.6e9,
        comm: `${comm}${hostile}`,
        ...facts,
        ...apart,
      };
    }),
  ];
}

type Conn = {
  readonly sock: string;
  readonly inode: number;
  readonly fd: number;
  readonly of: Service;
  readonly local: Address;
  readonly remote: Address;
  readonly leaks: boolean;
  readonly bornUs: number;
  closeWaitUs: number | null;
};

class LivesMade {
  readonly #random: () => number;
  readonly #made: { readonly leakPercent: number; readonly hostile: string };
  readonly #open: Conn[] = [];
  readonly #leaked: Conn[] = [];
  #serial = 0;
  #round = 0;

  constructor(random: () => number, made: { readonly leakPercent: number; readonly hostile: string }) {
    this.#random = random;
    this.#made = made;
  }

  /** What happens next: one connection more, or one less. */
  step(at: number): Unnumbered<SocketEvent>[] {
    const atUs = Math.floor(at);
    const few = this.#open.length < 500;
    return (few || this.#random() < 0.5) && this.#open.length < 2_000 ? this.#accept(atUs) : this.#end(atUs);
  }

  #accept(atUs: number): Unnumbered<SocketEvent>[] {
    const serial = ++this.#serial;
    const of = SERVICES[serial % SERVICES.length] as Service;
    const conn: Conn = {
      sock: (serial * 7_919 + 0x3fffffff).toString(36).padStart(13, "0"),
      inode: 100_000 + serial,
      fd: 5 + this.#open.length + this.#leaked.length,
      of,
      local: { addr: "10.0.0.5", port: of.port },
      remote: { addr: `10.0.${serial % 7}.${serial % 251}`, port: 1_024 + (serial % 60_000) },
      leaks: of.leaks && this.#random() * 100 < this.#made.leakPercent,
      bornUs: atUs,
      closeWaitUs: null,
    };
    this.#open.push(conn);
    return [
      state(conn, atUs, "LISTEN", "SYN_RECV", 0),
      state(conn, atUs + 40, "SYN_RECV", "ESTABLISHED", 0),
      {
        type: "open",
        ...place(conn, atUs + 90),
        ...this.#actor(conn),
        how: "accept",
        fd: conn.fd,
        queuedUs: 50,
        learned: "security_sock_graft",
      },
    ];
  }

  #end(atUs: number): Unnumbered<SocketEvent>[] {
    const at = Math.floor(this.#random() * this.#open.length);
    const conn = this.#open[at] as Conn;
    this.#open[at] = this.#open.at(-1) as Conn;
    this.#open.pop();
    const read: Unnumbered<SocketEvent> = { type: "read", ...place(conn, atUs + 30), ...this.#actor(conn), fd: null };
    const closed = state(conn, atUs, "ESTABLISHED", "CLOSE_WAIT");
    if (conn.leaks) {
      conn.closeWaitUs = atUs;
      this.#leaked.push(conn);
      return [closed, read];
    }
    const close = {
      ...place(conn, atUs + 60),
      ...this.#actor(conn),
      how: "tcp_close",
      fd: null,
      exiting: false,
    } as const;
    const destroyed = {
      ...place(conn, atUs + 200),
      pid: null,
      tid: null,
      comm: null,
      how: "destroyed",
      fd: null,
      exiting: null,
    } as const;
    return [
      ...[closed, read, { type: "close", ...close } as const, state(conn, atUs + 61, "CLOSE_WAIT", "LAST_ACK")],
      ...[state(conn, atUs + 199, "LAST_ACK", "CLOSE", 0), { type: "close", ...destroyed } as const],
    ];
  }

  /** As on a real host the pace stretches where there is much to tell. */
  isLookDue(second: number): boolean {
    return second % (this.#leaked.length < 2_000 ? 5 : 60) === (this.#leaked.length < 2_000 ? 4 : 59);
  }

  look(atUs: number, scope: "full" | "close-wait"): Unnumbered[] {
    const round = ++this.#round;
    const seen = scope === "full" ? [...this.#leaked, ...this.#open] : this.#leaked;
    const leaky = SERVICES[0].pid;
    const used = this.#leaked.length + Math.floor(this.#open.length / SERVICES.length);
    return [
      ...seen.map((conn) => sight(conn, atUs, round)),
      { type: "limits", atUs, pid: leaky, fds: { used, limit: 65_536 } },
      {
        type: "threads",
        atUs,
        pid: leaky,
        groups: [
          {
            count: 200,
            tids: [4130, 4131],
            name: "http-nio-*",
            state: "S",
            wchan: "futex_wait_queue",
            syscall: "futex",
            waitsFor: null,
          },
        ],
      },
      {
        type: "round",
        atUs,
        round,
        fromUs: atUs - 20_000,
        toUs: atUs,
        scope,
        netns: [NETNS],
        sockets: seen.length,
        costMs: 31,
        byState: {},
        nextMs: 5_000,
        why: [],
      },
    ];
  }

  #actor({ of }: Conn) {
    return { pid: of.pid, tid: of.pid + 9, comm: `${of.comm}${this.#made.hostile}` };
  }
}

function place({ sock, local, remote, inode }: Conn, atUs: number, file = inode) {
  return { atUs, sock, local, remote, netns: NETNS, inode: file };
}

function state(conn: Conn, atUs: number, from: TcpState, to: TcpState, file?: number): Unnumbered<SocketEvent> {
  return { type: "state", ...place(conn, atUs, file), from, to };
}

function sight(conn: Conn, atUs: number, round: number): Unnumbered<CensusEvent> {
  const { closeWaitUs, inode, fd, of, local, remote } = conn;
  const idleMs = Math.floor((atUs - (closeWaitUs ?? conn.bornUs)) / 1000);
  const where = { local, remote, netns: NETNS, inode, cookie: inode.toString(16) };
  const queues = {
    recvQ: 0,
    sendQ: 0,
    timer: "off",
    lastSndMs: idleMs,
    lastRcvMs: idleMs,
    lastAckMs: idleMs,
    segsIn: 9,
  } as const;
  const held = {
    holders: [{ pid: of.pid, fd, epoll: "read" }],
    noHolder: null,
    ringPid: null,
    protocol: "TCP",
    cgroup: null,
  } as const;
  const name = closeWaitUs === null ? "ESTABLISHED" : "CLOSE_WAIT";
  return { type: "census", atUs, sock: `c${inode.toString(16)}`, round, ...where, state: name, ...queues, ...held };
}

/** mulberry32 (public domain). */
function randomOf(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

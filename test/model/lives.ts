/** Lives of sockets as the kernel lives them, event by event, for tests and benchmarks. */
import type { CloseEvent, Event, OfSocket, OpenEvent, SocketEvent, StateEvent } from "../../src/model/event.ts";
import type { TcpState } from "../../src/model/state.ts";

let lastSeq = 0;

/** Any event with its `seq`, which no test depends on. */
export function stamped<T extends { type: Event["type"]; atUs: number }>(event: T): T & { seq: number } {
  lastSeq += 1;
  return { ...event, seq: lastSeq };
}

export function tick(atUs: number): Event {
  return stamped({ type: "tick", atUs, wallMs: 1_790_000_000_000 + atUs / 1000 });
}

export function gap(atUs: number, lost: number | null = 1): Event {
  return stamped({ type: "gap", atUs, why: "lost", lost, text: "events lost" });
}

export function recording(atUs: number, over: { attachment?: "fentry" | "tracepoint"; mode?: "full" | "lean" } = {}) {
  const { attachment = "fentry", mode = "full" } = over;
  const host = { host: "h", kernel: "6.12.0", bootId: "b", bpftrace: "0.27", filters: {}, wallMs: 1_790_000_000_000 };
  return stamped({ type: "recording", atUs, schema: 1, ...host, attachment, mode } as const);
}

export type LifeOptions = { readonly pid?: number; readonly atUs?: number; readonly serial?: number };

/** One socket: each method gives the events of one thing that happens to it, a microsecond apart. */
export class Life {
  readonly sock: string;
  readonly pid: number;
  atUs: number;
  readonly #of: Omit<OfSocket, "atUs" | "seq" | "sock">;

  constructor(sock: string, { pid = 100, atUs = 0, serial = 1 }: LifeOptions = {}) {
    this.sock = sock;
    this.pid = pid;
    this.atUs = atUs;
    const remote = { addr: `10.0.${serial % 7}.9`, port: 1024 + (serial % 60_000) };
    this.#of = { local: { addr: "10.0.0.1", port: 80 }, remote, netns: 1, inode: null };
  }

  state(from: TcpState, to: TcpState): StateEvent {
    return { ...this.#stamp(), type: "state", from, to };
  }

  open(how: OpenEvent["how"] = "accept", fd: number | null = 7): OpenEvent {
    const learned = how === "accept" ? "security_sock_graft" : "inet_sock_set_state";
    return { ...this.#stamp(), type: "open", ...this.#actor(), how, fd, queuedUs: null, learned };
  }

  read(): SocketEvent {
    return { ...this.#stamp(), type: "read", ...this.#actor(), fd: null };
  }

  shutdown(how: "read" | "write" | "both" = "write"): SocketEvent {
    return { ...this.#stamp(), type: "shutdown", ...this.#actor(), how, fd: null };
  }

  close(how: CloseEvent["how"], exiting = false): CloseEvent {
    const nobody = { pid: null, tid: null, comm: null, exiting: null };
    const who = how === "close" || how === "tcp_close" ? { ...this.#actor(), exiting } : nobody;
    return { ...this.#stamp(), type: "close", ...who, how, fd: null };
  }

  accepted(): SocketEvent[] {
    return [this.state("LISTEN", "SYN_RECV"), this.state("SYN_RECV", "ESTABLISHED"), this.open()];
  }

  connected(): SocketEvent[] {
    return [this.state("CLOSE", "SYN_SENT"), this.open("connect"), this.state("SYN_SENT", "ESTABLISHED")];
  }

  peerCloses(): SocketEvent[] {
    return [this.state("ESTABLISHED", "CLOSE_WAIT")];
  }

  closedAfterPeer(atUs: number): SocketEvent[] {
    this.atUs = Math.max(this.atUs, atUs);
    const end = [this.close("close"), this.state("CLOSE_WAIT", "LAST_ACK"), this.state("LAST_ACK", "CLOSE")];
    return [...this.peerCloses(), ...end, this.close("destroyed")];
  }

  #stamp() {
    this.atUs += 1;
    return stamped({ type: "state", sock: this.sock, atUs: this.atUs, ...this.#of });
  }

  #actor() {
    return { pid: this.pid, tid: this.pid, comm: `p${this.pid}` };
  }
}

/** `trace --json` of the built sockleak, as its events come. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { boottimeUs } from "../../../src/host/boottime.ts";
import type { Event } from "../../../src/model/event.ts";
import { Tracker } from "../../../src/model/tracker.ts";
import { doctor, startSockleakThrough } from "./child.ts";

/** What a program says of the sockets that it forgot. */
export type Leak = { readonly pid: number; readonly port: number; readonly kept: readonly Kept[] };
type Kept = { readonly peerPort: number; readonly fd: number };
export type Owned = { port: number; peerPort: number; pid: number | null; fd: number | null };

export class Trace {
  readonly events: Event[] = [];
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #ended: Promise<unknown>;

  private constructor(through: readonly string[]) {
    this.#child = startSockleakThrough(through, ["trace", "--json"]);
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    this.#ended = once(this.#lines, "close");
    this.#lines.on("line", (line) => this.events.push(JSON.parse(line) as Event));
  }

  /** Attached as doctor says. `through`: a command that runs it. */
  static async start(through: readonly string[] = []): Promise<Trace> {
    const trace = new Trace(through);
    await trace.until((event) => event.type === "recording" && event.attachment === doctor.uses);
    return trace;
  }

  async until(fits: (event: Event) => boolean): Promise<void> {
    while (!this.events.some(fits)) {
      if (this.#child.exitCode !== null) throw new Error(`trace ended with ${this.#child.exitCode}`);
      await Promise.race([once(this.#lines, "line"), this.#ended]);
    }
  }

  /** All that had happened by the time of the call, which it resolves with. */
  async upToNow(): Promise<number> {
    const nowUs = boottimeUs();
    await this.until((event) => event.type === "tick" && event.atUs > nowUs);
    return nowUs;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }

  /** The name of a process and its unclosed sockets, as the events told them by then. */
  owned({ pid, nowUs }: { readonly pid: number; readonly nowUs: number }): readonly [string | undefined, Owned[]] {
    const tracker = new Tracker();
    for (const event of this.events) if (event.atUs <= nowUs + 1_000_000) tracker.apply(event);
    const process = tracker.snapshot(nowUs).processes.find((one) => one.pid === pid);
    const sockets = (process?.unclosed ?? []).map(({ local, remote, owner }) => ({
      port: local?.port ?? 0,
      peerPort: remote?.port ?? 0,
      pid: owner?.pid ?? null,
      fd: owner?.fd ?? null,
    }));
    return [process?.comm, sockets.sort(byPeer)];
  }
}

/** What `owned` must say of a program. `pid` as the host sees it. */
export function ownedBy({ port, kept }: Leak, pid: number): Owned[] {
  return kept.map(({ peerPort, fd }) => ({ port, peerPort, pid, fd })).sort(byPeer);
}

function byPeer(a: Owned, b: Owned): number {
  return a.peerPort - b.peerPort;
}

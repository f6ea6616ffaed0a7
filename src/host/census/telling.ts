/**
 * A round's events in their order, each at the moment it was true:
 *
 *   for each namespace, by the moment of its table    LISTEN, then the other sockets
 *   sockets in no table                               when they were asked about
 *   limits and threads, then the round                when it ended
 *
 * and before the first socket that names a process as a holder, that process. Times never go back.
 */
import type { LimitsEvent, ThreadGroup } from "../../model/census.ts";
import type { CensusPayload, RoundPayload, SocketPayload } from "./payload.ts";
import type { ProcessFacts } from "./process.ts";
import type { Suspects } from "./suspects.ts";

export class Telling {
  readonly #events: CensusPayload[] = [];
  readonly #untold: Map<number, ProcessFacts>;
  readonly #suspects: Suspects;
  readonly #clockUs: () => number;
  #sockets = 0;

  constructor(facts: readonly ProcessFacts[], suspects: Suspects, clockUs: () => number) {
    this.#untold = new Map(facts.map((fact) => [fact.pid, fact]));
    this.#suspects = suspects;
    this.#clockUs = clockUs;
  }

  get suspects(): ReadonlySet<number> {
    return this.#suspects.most();
  }

  add(socket: SocketPayload): void {
    for (const { pid } of socket.holders) this.#introduce(pid, socket.atUs);
    if (socket.ringPid !== null) this.#introduce(socket.ringPid, socket.atUs);
    this.#suspects.add(socket);
    this.#events.push(socket);
    this.#sockets++;
  }

  sample(pid: number, fds: LimitsEvent["fds"] | null, groups: readonly ThreadGroup[]): void {
    const atUs = this.#clockUs();
    this.#introduce(pid, atUs);
    if (fds !== null) this.#events.push({ type: "limits", atUs, pid, fds });
    this.#events.push({ type: "threads", atUs, pid, groups });
  }

  end(round: Omit<RoundPayload, "type" | "atUs" | "sockets">): readonly CensusPayload[] {
    const atUs = this.#clockUs();
    for (const pid of this.#untold.keys()) this.#introduce(pid, atUs);
    this.#events.push({ type: "round", atUs, ...round, sockets: this.#sockets });
    return this.#events;
  }

  #introduce(pid: number, atUs: number): void {
    const facts = this.#untold.get(pid);
    if (facts === undefined) return;
    this.#untold.delete(pid);
    this.#events.push({ type: "process", atUs, ...facts });
  }
}

/**
 * What a stream tells once: where it comes from, the processes that sockets belong to, code paths. It stands at the head of every
 * file of a recording, so that each can be read without those before it. They are copies, at the time of the first event
 * after them and with the place in the stream (`seq`) of the last one before.
 */
import type { ProcessEvent } from "./census.ts";
import { CodeHead } from "./code-head.ts";
import type { Event, RecordingEvent } from "./event.ts";

export class Head {
  #recording: RecordingEvent | null = null;
  #wall: { readonly atUs: number; readonly wallMs: number } | null = null;
  readonly #processes = new Map<number, ProcessEvent>();
  readonly #code = new CodeHead();
  #holders = new Set<number>();

  note(event: Event): void {
    switch (event.type) {
      case "recording":
        this.#recording = event;
        this.#wall = event;
        break;
      case "tick":
        this.#wall = event;
        break;
      case "process":
        this.#processes.set(event.pid, event);
        this.#holders.add(event.pid);
        break;
      case "census":
        for (const { pid } of event.holders) this.#holders.add(pid);
        if (event.ringPid !== null) this.#holders.add(event.ringPid);
        break;
      case "round":
        if (event.scope === "full") this.#forget();
        break;
      default:
        this.#code.note(event);
    }
  }

  /** For a file whose first event is this one. */
  events({ atUs, seq }: { readonly atUs: number; readonly seq: number }): readonly Event[] {
    if (this.#recording === null) return [];
    const place = { atUs, seq: Math.max(0, seq - 1) };
    const wallMs = (this.#wall?.wallMs ?? 0) + Math.round((atUs - (this.#wall?.atUs ?? atUs)) / 1000);
    const processes = [...this.#processes.values()].map((process) => ({ ...process, ...place }));
    return [{ ...this.#recording, ...place, wallMs }, ...processes, ...this.#code.events(place)];
  }

  /** A look at everything names all processes that hold a socket: the others are gone. */
  #forget(): void {
    for (const pid of this.#processes.keys()) if (!this.#holders.has(pid)) this.#processes.delete(pid);
    this.#holders = new Set();
  }
}

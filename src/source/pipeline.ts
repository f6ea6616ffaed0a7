/**
 * Bytes of bpftrace → events: lines → messages → the kernel's order → lives → numbered events.
 * Pure but for the wall clock that it is given: fed the same bytes in any cut, it makes the same events.
 */
import type { Event, GapEvent } from "../model/event.ts";
import { type Message, decodeMessage } from "../wire/message.ts";
import type { Raw } from "../wire/raw.ts";
import { Lives, type Unplaced } from "./lives.ts";
import { Order } from "./order.ts";

type Stamped = Raw & { readonly wallMs?: number };
type GapFacts = Pick<GapEvent, "why" | "lost" | "text">;
type OfStream = Omit<GapEvent, "seq"> | Unplaced | { type: "tick"; atUs: number; wallMs: number };

type Wiring = {
  readonly events: (events: readonly Event[]) => void;
  readonly wallMs: () => number;
};

export class Pipeline {
  readonly #wiring: Wiring;
  readonly #order = new Order<Stamped>();
  readonly #lives = new Lives();
  #seq = 0;
  #atUs = 0;
  #unreadable = 0;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  /** One parsed line. Nothing comes out before `release` or `flush`, but for gaps. */
  take(line: unknown): void {
    this.#message(decodeMessage(line));
  }

  /** Lines that were no JSON, or too long. */
  refused(count: number): void {
    this.#unreadable += count;
  }

  /** What is in order by now goes out; called after each chunk. */
  release(): void {
    this.#send(this.#order.release());
  }

  /** Everything goes out: nothing is on its way. */
  flush(): void {
    this.#send(this.#order.flush());
  }

  /** Something is missing from here on. */
  gap(facts: GapFacts): void {
    this.#wiring.events(this.#placed([{ type: "gap", atUs: this.#atUs, ...facts }]));
  }

  /** An event of the source's own (recording, end), placed now. */
  own(make: (place: { atUs: number; seq: number }) => Event): void {
    this.#wiring.events([make({ atUs: this.#atUs, seq: ++this.#seq })]);
  }

  /** Before the first event: the time the stream begins at. */
  beginAt(atUs: number): void {
    this.#atUs = Math.max(this.#atUs, atUs);
  }

  get sockets(): number {
    return this.#lives.size;
  }

  #message(message: Message): void {
    switch (message.kind) {
      case "raw":
        if (message.raw.tag !== "beat") return this.#order.push(message.raw);
        return this.#order.push({ ...message.raw, wallMs: this.#wiring.wallMs() });
      case "lost":
        return this.gap({ why: "lost", lost: message.lost, text: lostText(message.lost) });
      case "trouble":
        return this.gap({ why: "lost", lost: null, text: `bpftrace: ${message.text}` });
      case "unreadable":
        this.#unreadable++;
        return;
      case "attached":
      case "other":
        return;
    }
  }

  #send(batch: readonly Stamped[]): void {
    const events: OfStream[] = [];
    for (const raw of batch) {
      const atUs = Math.floor(raw.ns / 1000);
      // Time never runs back in the stream; a late event keeps its place after what it missed.
      if (atUs > this.#atUs) this.#atUs = atUs;
      if (raw.tag === "beat") events.push({ type: "tick", atUs: this.#atUs, wallMs: raw.wallMs ?? 0 });
      else events.push(...this.#lives.follow(raw));
    }
    this.#declare(events);
    if (events.length > 0) this.#wiring.events(this.#placed(events));
  }

  #declare(events: OfStream[]): void {
    const late = this.#order.takeLate();
    if (late > 0) {
      const text = `${late} events arrived too late for their place`;
      events.push({ type: "gap", atUs: this.#atUs, why: "late", lost: 0, text });
    }
    if (this.#unreadable > 0) {
      const text = `${this.#unreadable} lines of bpftrace were unreadable`;
      events.push({ type: "gap", atUs: this.#atUs, why: "unreadable", lost: this.#unreadable, text });
      this.#unreadable = 0;
    }
  }

  #placed(events: readonly OfStream[]): Event[] {
    return events.map((event) => ({ type: event.type, atUs: event.atUs, seq: ++this.#seq, ...event }) as Event);
  }
}

function lostText(lost: number | null): string {
  return lost === null ? "bpftrace lost events, it does not say how many" : `bpftrace lost ${lost} events`;
}

/**
 * Bytes of bpftrace → events: lines → messages → the kernel's order → lives → numbered events.
 * Pure but for the wall clock that it is given: fed the same bytes in any cut, it makes the same events.
 */
import type { Event, GapEvent } from "../model/event.ts";
import { decodeMessage, type Message } from "../wire/message.ts";
import type { Raw, RawOfSocket } from "../wire/raw.ts";
import { Backlog } from "./backlog.ts";
import { Lives, type Unplaced } from "./lives.ts";
import { Order } from "./order.ts";

type Stamped = Raw & { readonly wallMs?: number };
type GapFacts = Pick<GapEvent, "why" | "lost" | "text">;
type OfStream = Omit<GapEvent, "seq"> | Unplaced | { type: "tick"; atUs: number; wallMs: number };

type Wiring = {
  readonly events: (events: readonly Event[]) => void;
  readonly wallMs: () => number;
  /** Any clock that does not step, in nanoseconds: only differences are used. */
  readonly clockNs: () => number;
};

export class Pipeline {
  readonly #wiring: Wiring;
  readonly #order = new Order<Stamped>();
  readonly #lives = new Lives();
  #seq = 0;
  #atUs = 0;
  #unreadable = 0;
  #skipped = 0;
  #skippedDeclared = 0;
  #inferred = 0;
  readonly #backlog = new Backlog();
  /** The oldest event since the last release. */
  #oldestNs = Number.POSITIVE_INFINITY;

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
    if (this.#oldestNs !== Number.POSITIVE_INFINITY) this.#backlog.arrived(this.#oldestNs, this.#wiring.clockNs());
    this.#oldestNs = Number.POSITIVE_INFINITY;
    this.#send(this.#order.release(this.#backlog.ns));
  }

  /** Everything goes out: nothing is on its way. */
  flush(): void {
    this.#send(this.#order.flush());
  }

  /**
   * The kernel has skipped this many more probe runs. Nearly all are transitions that the next one implies within
   * milliseconds (lives.ts): declared lost are those that nothing has implied by the next call.
   */
  skipped(count: number): void {
    const lost = this.#skipped - this.#inferred - this.#skippedDeclared;
    this.#skipped += count;
    if (lost <= 0) return;
    this.#skippedDeclared += lost;
    this.gap({ why: "recursion", lost, text: `the kernel skipped ${lost} probe runs (recursion)` });
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
        this.#raw(message.raw);
        break;
      case "lost":
        this.gap({ why: "lost", lost: message.lost, text: lostText(message.lost) });
        break;
      case "trouble":
        this.gap({ why: "lost", lost: null, text: `bpftrace: ${message.text}` });
        break;
      case "unreadable":
        this.#unreadable++;
        break;
      case "attached":
      case "other":
    }
  }

  #raw(raw: Raw): void {
    if (raw.ns < this.#oldestNs) this.#oldestNs = raw.ns;
    this.#order.push(raw.tag === "beat" ? { ...raw, wallMs: this.#wiring.wallMs() } : raw);
  }

  #send(batch: readonly Stamped[]): void {
    const events: OfStream[] = [];
    for (const raw of batch) {
      const atUs = Math.floor(raw.ns / 1000);
      // Time never runs back in the stream; a late event keeps its place after what it missed.
      if (atUs > this.#atUs) this.#atUs = atUs;
      if (raw.tag === "beat") events.push({ type: "tick", atUs: this.#atUs, wallMs: raw.wallMs ?? 0 });
      else this.#follow(raw, events);
    }
    this.#declare(events);
    if (events.length > 0) this.#wiring.events(this.#placed(events));
  }

  #follow(raw: RawOfSocket, events: OfStream[]): void {
    for (const event of this.#lives.follow(raw)) {
      if (event.type === "state" && event.inferred) this.#inferred++;
      events.push(event);
    }
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
    // In the order in which a reader looks for them.
    return events.map(
      (event) => Object.assign({ type: event.type, atUs: event.atUs, seq: ++this.#seq }, event) as Event,
    );
  }
}

function lostText(lost: number | null): string {
  return lost === null ? "bpftrace lost events, it does not say how many" : `bpftrace lost ${lost} events`;
}

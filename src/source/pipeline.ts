/**
 * Bytes of bpftrace → events: lines → messages → the kernel's order → lives → events. Whoever puts streams together numbers them.
 * Pure but for the clocks that it is given: fed the same bytes in any cut, it makes the same events.
 */
import type { GapEvent, Unnumbered } from "../model/event.ts";
import { decodeMessage, type Message } from "../wire/message.ts";
import type { Raw, RawBeat, RawOfSocket } from "../wire/raw.ts";
import { Scanner, Tuple } from "../wire/scan.ts";
import { type Counted, Counters } from "./counters.ts";
import { Lives } from "./lives.ts";
import { Order } from "./order.ts";
import { Paths } from "./paths.ts";
import { Skips } from "./skips.ts";

/**
 * A heartbeat as it arrived: the wall clock's time, how many probe runs the kernel had skipped where that was just counted, and
 * what lean probes have counted.
 */
type Beat = RawBeat & { readonly wallMs: number; readonly skipped: number | null; readonly counted: Counted | null };
type Stamped = Tuple | RawOfSocket | Beat;
/** Events go on by so many: the thousands that a pulse sets free at once would outlive the young generation. */
const BATCH = 256;

type GapFacts = Pick<GapEvent, "why" | "lost" | "text">;

/** What is heard before its turn, at once: of use while the process that it is about lives. */
export type Overheard = {
  /** Of a map that counts, the count. */
  readonly counter: (name: string, value: number) => void;
  /** Who opened a socket that is a suspect now (lean). */
  readonly opener: (pid: number) => void;
  /** A followed process listens on a port (follow.ts). */
  readonly listens: (at: Pick<Extract<Raw, { tag: "listens" }>, "pid" | "netns" | "port">) => void;
  /** A followed process ends; `final`: ns since when its runtime had been taking down its world, 0 where that was not seen, negative as follow.ts has it. */
  readonly exits: (at: Pick<Extract<Raw, { tag: "exits" }>, "pid" | "ns" | "final">) => void;
};

type Wiring = {
  readonly overheard?: Overheard;
  readonly events: (events: readonly Unnumbered[]) => void;
  readonly wallMs: () => number;
  /** CLOCK_BOOTTIME, which the events are stamped by. */
  readonly bootNs: () => number;
  /** Of this machine, online. */
  readonly cpus: number;
};

export class Pipeline {
  readonly #wiring: Wiring;
  readonly #order: Order<Stamped>;
  readonly #scanner = new Scanner();
  readonly #lives = new Lives();
  readonly #skips = new Skips();
  readonly #counters = new Counters();
  readonly #paths = new Paths();
  #atUs = 0;
  #unreadable = 0;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#order = new Order(wiring.cpus);
  }

  /** One parsed line. Nothing comes out before `release` or `flush`, but for gaps. */
  take(line: unknown): void {
    this.#message(decodeMessage(line));
  }

  /** A line of another bpftrace (last-use.ts): of code paths only, and out of this one's order. */
  beside(line: unknown): void {
    const message = decodeMessage(line);
    const raw =
      message.kind === "raw" ? message.raw : message.kind === "tuple" ? this.#scanner.decode(message) : undefined;
    if (raw?.tag === "frame" || raw?.tag === "word" || raw?.tag === "site") this.#raw(raw);
    if (raw?.tag !== "path") return;
    const events: Unnumbered[] = [];
    this.#live(raw, events);
    this.#send(events);
  }

  /** Lines that were no JSON, or too long. */
  refused(count: number): void {
    this.#unreadable += count;
  }

  /** What is in order by now goes out; called after each chunk. */
  release(): void {
    this.#send(this.#followAll(this.#order.release(this.#wiring.bootNs())));
  }

  /** bpftrace has ended: everything goes out, and what nothing has implied by now, nothing will. */
  flush(): void {
    const events = this.#followAll(this.#order.flush());
    this.#declareSkipped(this.#skips.end(), events);
    const counted = this.#counters.take();
    if (counted !== null) this.#tick({ wallMs: this.#wiring.wallMs(), skipped: null, counted }, events);
    this.#tellPaths(events);
    this.#counters.reset();
    this.#paths.reset();
    this.#send(events);
  }

  /** The kernel has skipped this many more probe runs. */
  skipped(count: number): void {
    this.#skips.count(count);
  }

  /** Something is missing from here on. */
  gap(facts: GapFacts): void {
    this.#wiring.events([{ type: "gap", atUs: this.#atUs, ...facts }]);
  }

  /** An event of the source's own (recording), placed now. */
  own(make: (place: { readonly atUs: number }) => Unnumbered): void {
    this.#wiring.events([make({ atUs: this.#atUs })]);
  }

  /** Before the first event: the time the stream begins at. */
  beginAt(atUs: number): void {
    this.#atUs = Math.max(this.#atUs, atUs);
  }

  /** How far what has been told lies behind the clock. */
  get lagMs(): number {
    return Math.max(0, this.#wiring.bootNs() / 1e6 - this.#atUs / 1000);
  }

  get sockets(): number {
    return this.#lives.size;
  }

  #message(message: Message): void {
    switch (message.kind) {
      case "raw":
        this.#raw(message.raw);
        break;
      case "counter":
        if (message.name === "@unsited") this.#paths.unsited(message.value);
        else if (message.name === "@pairs") this.#paths.pairs(message.value);
        else this.#counters.note(message.name, message.value);
        this.#wiring.overheard?.counter(message.name, message.value);
        break;
      case "counts":
        this.#paths.counts(message.name, message.rows);
        break;
      case "tuple":
        this.#overhear(message);
        this.#order.push(message);
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
    if (raw.tag === "pulse") this.#order.pulse(raw);
    else if (raw.tag === "beat") this.#order.push(this.#beat(raw));
    else if (raw.tag === "closer") this.#counters.closer(raw.pid);
    else if (raw.tag === "listens") this.#wiring.overheard?.listens(raw);
    else if (raw.tag === "exits") this.#wiring.overheard?.exits(raw);
    else if (raw.tag === "frame") this.#paths.frame(raw);
    else if (raw.tag === "word") this.#paths.word(raw);
    else if (raw.tag === "site") this.#site(raw);
    else this.#order.push(raw);
  }

  /** Before what came along it, which waits for its order. */
  #site(raw: Extract<Raw, { tag: "site" }>): void {
    const site = this.#paths.site(raw, { atUs: this.#atUs });
    if (site !== undefined) this.#wiring.events([site]);
  }

  #tellPaths(events: Unnumbered[]): void {
    const paths = this.#paths.take({ atUs: this.#atUs });
    if (paths !== undefined) events.push(paths);
  }

  #overhear(tuple: Tuple): void {
    if (this.#wiring.overheard === undefined || tuple.tag !== "opened") return;
    const raw = this.#scanner.decode(tuple);
    if (raw?.tag === "opened") this.#wiring.overheard.opener(raw.pid);
  }

  #beat(raw: RawBeat): Beat {
    const [skipped, counted] = [this.#skips.takeCounted(), this.#counters.take()];
    return { ...raw, wallMs: this.#wiring.wallMs(), skipped, counted };
  }

  /** Sends the events of all but the last BATCH, and returns those. */
  #followAll(all: readonly Stamped[]): Unnumbered[] {
    let from = 0;
    for (; from + BATCH < all.length; from += BATCH) this.#wiring.events(this.#follow(all, from, from + BATCH));
    return this.#follow(all, from, all.length);
  }

  #follow(all: readonly Stamped[], from: number, to: number): Unnumbered[] {
    const events: Unnumbered[] = [];
    for (let at = from; at < to; at++) {
      const raw = all[at] as Stamped;
      const atUs = Math.floor(raw.ns / 1000);
      // Time never runs back in the stream; a late event keeps its place after what it missed.
      if (atUs > this.#atUs) this.#atUs = atUs;
      if (raw instanceof Tuple) this.#tuple(raw, events);
      else if (raw.tag === "beat") this.#tick(raw, events);
      else this.#live(raw, events);
    }
    return events;
  }

  #tuple(tuple: Tuple, events: Unnumbered[]): void {
    const raw = this.#scanner.decode(tuple);
    if (raw === undefined) this.#unreadable++;
    else this.#live(raw, events);
  }

  #live(raw: RawOfSocket, events: Unnumbered[]): void {
    let at = events.length;
    this.#lives.follow(raw, events);
    for (; at < events.length; at++) if (isImplied(events[at])) this.#skips.implied();
  }

  #tick({ wallMs, skipped, counted }: Omit<Beat, keyof RawBeat>, events: Unnumbered[]): void {
    events.push({ type: "tick", atUs: this.#atUs, wallMs, ...(counted !== null && { counted: counted.counted }) });
    this.#tellPaths(events);
    if (counted !== null) this.#declareFull(counted.full, events);
    if (skipped !== null) this.#declareSkipped(this.#skips.ripen(skipped), events);
  }

  #send(events: Unnumbered[]): void {
    this.#declare(events);
    if (events.length > 0) this.#wiring.events(events);
  }

  #declareSkipped(lost: number, events: Unnumbered[]): void {
    if (lost === 0) return;
    const text = `the kernel skipped ${lost} probe runs (recursion)`;
    events.push({ type: "gap", atUs: this.#atUs, why: "recursion", lost, text });
  }

  #declareFull(lost: number, events: Unnumbered[]): void {
    if (lost === 0) return;
    const text = `${lost} sockets found no room in the kernel's books (--max-sockets)`;
    events.push({ type: "gap", atUs: this.#atUs, why: "map-full", lost, text });
  }

  #declare(events: Unnumbered[]): void {
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
}

/** The run that tells of CLOSE → SYN_SENT tells who connects, too (probes/), and nothing implies that. */
function isImplied(event: Unnumbered | undefined): boolean {
  return event?.type === "state" && event.inferred === true && event.to !== "SYN_SENT";
}

function lostText(lost: number | null): string {
  return lost === null ? "bpftrace lost events, it does not say how many" : `bpftrace lost ${lost} events`;
}

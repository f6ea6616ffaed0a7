/**
 * A report of a recording is the live report of the same instant, byte for byte: every program of the zoo is traced, full and
 * lean at once, while it starts, stands and goes. At some moments the live document is kept, and the command must make the same
 * of the file.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { FindingsDocument } from "../../src/analysis/findings-document.ts";
import { attached, startLive } from "../../src/commands/live.ts";
import { told } from "../../src/commands/present.ts";
import { safeJson } from "../../src/format/safe-json.ts";
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { openFile } from "../../src/recording/output.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import type { Seeded } from "../../src/source/seeded.ts";
import { folder } from "../recording/temporary.ts";
import { findingsOf, type Stood, startAll } from "../zoo/diagnosis.ts";
import { programs } from "../zoo/programs.ts";
import { sockleak } from "./sockleak.ts";

const OPTIONS = { json: true, olderThan: 6_000, sockets: 100_000 } as const;
const ARGS = ["--json", "--older-than", "6s", "--sockets", "100000"];
const dir = folder();

type Moment = { readonly name: string; readonly atUs: number; readonly text: string };

/** A live source that is recorded and tracked at once. */
class Tee {
  readonly path: string;
  readonly moments: Moment[] = [];
  readonly #tracker = new Tracker();
  readonly #waiting = new Set<(event: Event) => void>();
  #lastUs = 0;
  #recorder: Recorder | undefined;
  #live: Seeded | undefined;

  private constructor(mode: string) {
    this.path = join(dir, `${mode}.ndjson.gz`);
  }

  static async start(mode: "full" | "lean"): Promise<Tee> {
    const tee = new Tee(mode);
    tee.#recorder = await Recorder.open({ open: () => openFile(tee.path), plain: false, trouble: assert.fail });
    tee.#live = await startLive({}, mode, (events) => {
      tee.#recorder?.take(events);
      for (const event of events) tee.#take(event);
    });
    await attached(tee.#live);
    return tee;
  }

  #take(event: Event): void {
    for (const look of this.#waiting) look(event);
    this.#tracker.apply(event);
    this.#lastUs = Math.max(this.#lastUs, event.atUs);
  }

  /** The first event that fits, before it is taken. */
  next(fits: (event: Event) => boolean): Promise<Event> {
    return new Promise((resolve) => {
      const look = (event: Event) => {
        if (!fits(event)) return;
        this.#waiting.delete(look);
        resolve(event);
      };
      this.#waiting.add(look);
    });
  }

  /** Keeps the live document when all events of an instant have come: before the first one after it. */
  async moment(name: string): Promise<void> {
    await this.next((event) => {
      if (event.atUs <= this.#lastUs) return false;
      this.#keep(name);
      return true;
    });
  }

  #document(): FindingsDocument {
    return told({ snapshot: this.#tracker.snapshot(this.#lastUs), chronicle: null }, OPTIONS).document;
  }

  #keep(name: string): void {
    this.moments.push({ name, atUs: this.#lastUs, text: `${safeJson(this.#document())}\n` });
  }

  /** Some programs are found by probes when their sockets are old enough, others when a census has looked. */
  async tells(enough: (document: FindingsDocument) => boolean): Promise<void> {
    await this.next((event) => event.type === "tick" && enough(this.#document()));
  }

  async stop(): Promise<void> {
    await this.#live?.stop();
    await this.#recorder?.close();
    this.#keep("the end");
  }
}

test("a report of a recording of the zoo is the live one, at any instant", { timeout: 180_000 }, async (t) => {
  const tees = await Promise.all([Tee.start("full"), Tee.start("lean")]);
  const moment = (name: string) => Promise.all(tees.map((tee) => tee.moment(name)));
  const missing: string[] = [];
  const starting = startAll(programs, { address: "127.0.0.1" }, missing);
  await moment("while they start");
  const stood = await starting;
  try {
    await moment("all have started");
    assert.ok(stood.length >= 30, `${stood.length} programs ran`);
    await Promise.all(tees.map((tee) => tee.tells((document) => isWorth(document, stood))));
    await moment("all stand");
    const half = stood.filter((_, index) => index % 2 === 0);
    await Promise.all(half.map(({ zoo }) => zoo.stop()));
    await moment("half of them are gone");
  } finally {
    await Promise.all(stood.map(({ zoo }) => zoo.stop()));
    await Promise.all(tees.map((tee) => tee.stop()));
  }
  for (const why of missing) t.diagnostic(`not run: ${why}`);
  for (const { path, moments } of tees) {
    for (const { name, atUs, text } of moments) {
      const { stdout, stderr, code } = await sockleak("report", path, ...ARGS, "--at", `${atUs}us`);
      assert.equal(code, 0, stderr);
      assert.ok(stdout === text, `${path}, ${name}: ${firstDifference(stdout, text)}`);
    }
    const { stdout } = await sockleak("report", path, ...ARGS);
    assert.ok(stdout === moments.at(-1)?.text, `${path}, without an instant`);
  }
});

/** There is something to differ about: many programs, of several kinds (test/live/modes.test.ts judges them one by one). */
function isWorth(document: FindingsDocument, stood: readonly Stood[]): boolean {
  const leaky = stood.filter((one) => findingsOf(one, document).some(({ leak }) => leak));
  const kinds = new Set(document.findings.map(({ kind }) => kind));
  return leaky.length >= 15 && kinds.size >= 4;
}

/** Of two long texts. */
function firstDifference(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at] && at < one.length) at++;
  return `${one.slice(Math.max(0, at - 200), at + 80)} … is not … ${other.slice(at, at + 80)}`;
}

/** `sockleak replay FILE…`: the dashboard over a recording; without a terminal its screen as text. */
import { openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { type AnalyseOptions, analyse } from "../analysis/analyse.ts";
import type { Kind } from "../analysis/finding.ts";
import { renderOnce } from "../dashboard/once.ts";
import { openDashboard } from "../dashboard/screen.ts";
import type { Event } from "../model/event.ts";
import { Tracker } from "../model/tracker.ts";
import { isPipe } from "../source/recording/pipe.ts";
import { Player, SPEED } from "../source/recording/player.ts";
import { EXIT, type Io } from "./io.ts";
import { Outline } from "./outline.ts";
import { inWords, openPart, type Part, type ReadOptions, readEvents } from "./recording.ts";
import { Steer } from "./steer.ts";
import { thresholdsOf } from "./thresholds.ts";

export type ReplayOptions = ReadOptions & {
  readonly speed?: number;
  readonly olderThan?: number;
  readonly kind?: ReadonlySet<Kind>;
};

/** The size of a screen printed where there is no terminal. */
const PAGE = { columns: 120, rows: 50 };
/** Shorter than live: a recording may run a thousand times as fast. */
const REFRESH_MS = 200;

export async function replay(paths: readonly string[], options: ReplayOptions, io: Io): Promise<number> {
  const { kind: kinds } = options;
  const asked = { ...thresholdsOf(options), ...(kinds !== undefined && { kinds }) };
  return io.terminal === null ? once(paths, { options, asked, io }) : dashboard(paths, { options, asked, io });
}

type Asked = { readonly options: ReplayOptions; readonly asked: AnalyseOptions; readonly io: Io };

/** As it stands at the end, or at --at. */
async function once(paths: readonly string[], { options, asked, io }: Asked): Promise<number> {
  const tracker = new Tracker();
  const take = (events: readonly Event[]) => {
    for (const event of events) tracker.apply(event);
  };
  const { endUs } = await readEvents(paths, options, { io, take });
  const snapshot = tracker.snapshot(endUs);
  const pid = analyse(snapshot, asked).suspects.find((suspect) => suspect.pid !== null)?.pid;
  const detailed = typeof pid === "number" ? tracker.snapshot(endUs, { pid }) : snapshot;
  io.out(renderOnce({ snapshot: detailed, analysis: analyse(detailed, asked), ...PAGE, status: null }));
  return EXIT.done;
}

async function dashboard(paths: readonly string[], { options, asked, io }: Asked): Promise<number> {
  const comesByPipe = paths.some(isPipe);
  const { at, ...part } = options;
  // Opened once before the terminal is taken, so that what is wrong is said where it can be read.
  const first = await openPart(paths, part, io);
  const replaying = new Replaying({
    first,
    again: () => openPart(paths, part, io),
    asked,
    isPipe: comesByPipe,
    options,
  });
  const { player, steering } = replaying;
  let failure: unknown;
  await new Promise<void>((resolve) => {
    const quit = (error?: unknown) => {
      failure ??= error;
      resolve();
    };
    const screen = openDashboard({
      snapshot: replaying.look,
      status: () => null,
      steering,
      onQuit: quit,
      refreshMs: REFRESH_MS,
      ...(paths.includes("-") && { input: keyboard() }),
    });
    const end = (error?: unknown) => {
      screen.close();
      quit(error);
    };
    void io.stopped.then(() => end());
    player.done.catch((error) => end(inWords(error)));
    if (!comesByPipe) replaying.lookAhead();
    if (at !== undefined) steering.goToInstant(at);
  });
  replaying.stop();
  if (failure !== undefined) throw failure;
  return EXIT.done;
}

type ReplayingOptions = {
  /** The recording, opened. */
  readonly first: Part;
  /** The same, from the beginning. */
  readonly again: () => Promise<Part>;
  readonly asked: AnalyseOptions;
  readonly isPipe: boolean;
  readonly options: ReplayOptions;
};

/** A player with the tracker that listens to it: a new one whenever it begins again. */
class Replaying {
  readonly player: Player;
  readonly steering: Steer;
  readonly #options: ReplayingOptions;
  readonly #outline: Outline;
  #unplayed: Part | null;
  #tracker = new Tracker();
  #stopped = false;

  constructor(options: ReplayingOptions) {
    const { first, asked, isPipe } = options;
    this.#options = options;
    this.#unplayed = first;
    this.#outline = new Outline(asked);
    this.player = new Player({
      events: () => this.#events(),
      restart: () => {
        this.#tracker = new Tracker();
      },
      take: (event) => {
        this.#tracker.apply(event);
        this.steering.hear(event);
      },
      nowMs: () => performance.now(),
      speed: options.options.speed ?? (isPipe ? SPEED.asFastAsPossible : 1),
    });
    this.steering = new Steer(this.player, this.#outline, { isPipe });
  }

  readonly look = (ask: { pid?: number } = {}) => {
    const snapshot = this.#tracker.snapshot(this.player.atUs, ask);
    return { snapshot, analysis: analyse(snapshot, this.#options.asked) };
  };

  /** What cannot be read will be said when the player comes to it. */
  lookAhead(): void {
    const course = { isBusy: () => this.player.seeking, isOver: () => this.#stopped };
    void this.#options
      .again()
      .then((part) => this.#outline.read(passing(part), course))
      .catch(() => {});
  }

  stop(): void {
    this.#stopped = true;
    this.player.stop();
  }

  async #events(): Promise<AsyncIterable<readonly Event[]>> {
    const part = this.#unplayed ?? (await this.#options.again());
    this.#unplayed = null;
    return passing(part);
  }
}

/** Standard input is the recording: keys come from the terminal itself. */
function keyboard(): ReadStream {
  return new ReadStream(openSync("/dev/tty", "r"));
}

async function* passing({ recording, window, pass }: Part): AsyncGenerator<readonly Event[]> {
  for await (const events of recording.events()) {
    yield pass(events);
    if (window.isOver) return;
  }
}

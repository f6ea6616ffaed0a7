/** `sockleak replay FILE…`: the dashboard over a recording; without a terminal its screen as text. */
import { openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { type AnalyseOptions, analyse } from "../analysis/analyse.ts";
import type { Kind } from "../analysis/finding.ts";
import { renderOnce } from "../dashboard/once.ts";
import { openDashboard } from "../dashboard/screen.ts";
import { Tracker } from "../model/tracker.ts";
import { Player, SPEED } from "../source/recording/player.ts";
import { EXIT, type Io } from "./io.ts";
import { Outline } from "./outline.ts";
import { inWords, openPart, type ReadOptions, readEvents } from "./recording.ts";
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
  const take = (events: readonly Parameters<Tracker["apply"]>[0][]) => {
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
  const isPipe = paths.includes("-");
  let tracker = new Tracker();
  const { at, ...part } = options;
  // Opened once before the terminal is taken, so that what is wrong is said where it can be read.
  const first = await openPart(paths, part, io);
  const events = async (opened = openPart(paths, part, io)) => passing(await opened);
  let opened: ReturnType<typeof openPart> | undefined = Promise.resolve(first);
  const player = new Player({
    events: () => {
      const next = events(opened);
      opened = undefined;
      return next;
    },
    restart: () => {
      tracker = new Tracker();
    },
    take: (event) => {
      tracker.apply(event);
      steering.hear(event);
    },
    nowMs: () => performance.now(),
    speed: options.speed ?? (isPipe ? SPEED.asFastAsPossible : 1),
  });
  const outline = new Outline(asked);
  let stopped = false;
  let failure: unknown;
  const look = (ask: { pid?: number } = {}) => {
    const snapshot = tracker.snapshot(player.atUs, ask);
    return { snapshot, analysis: analyse(snapshot, asked) };
  };
  const steering = new Steer(player, outline, { isPipe });
  await new Promise<void>((resolve) => {
    const quit = (error?: unknown) => {
      failure ??= error;
      resolve();
    };
    const screen = openDashboard({
      snapshot: look,
      status: () => null,
      steering,
      onQuit: quit,
      refreshMs: REFRESH_MS,
      ...(isPipe && { input: keyboard() }),
    });
    const end = (error?: unknown) => {
      screen.close();
      quit(error);
    };
    void io.stopped.then(() => end());
    player.done.catch((error) => end(inWords(error)));
    if (!isPipe)
      void events()
        .then((all) => outline.read(all, { isBusy: () => player.seeking, isOver: () => stopped }))
        .catch(() => {});
    if (at !== undefined) steering.goToInstant(at);
  });
  stopped = true;
  player.stop();
  if (failure !== undefined) throw failure;
  return EXIT.done;
}

/** Standard input is the recording: keys come from the terminal itself. */
function keyboard(): ReadStream {
  return new ReadStream(openSync("/dev/tty", "r"));
}

async function* passing({ recording, window, pass }: Awaited<ReturnType<typeof openPart>>) {
  for await (const events of recording.events()) {
    yield pass(events);
    if (window.isOver) return;
  }
}

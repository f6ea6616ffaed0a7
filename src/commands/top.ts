/** `sockleak top`: the dashboard over a live trace; `--once` prints its screen as text. */
import { analyse } from "../analysis/analyse.ts";
import type { Analysis, Kind } from "../analysis/finding.ts";
import { renderOnce } from "../dashboard/once.ts";
import { openDashboard } from "../dashboard/screen.ts";
import { formatDuration } from "../format/duration.ts";
import { boottimeUs } from "../host/boottime.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { Tracker } from "../model/tracker.ts";
import type { Seeded } from "../source/seeded.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import { list } from "./list.ts";
import { startLive } from "./live.ts";
import type { FilterOptions } from "./options.ts";
import { thresholdsOf } from "./thresholds.ts";

export type TopOptions = FilterOptions & {
  readonly once?: true;
  /** Milliseconds; for --once. */
  readonly after?: number;
  readonly olderThan?: number;
  readonly kind?: ReadonlySet<Kind>;
};

/** Without --after, --once waits for something to show, this long at most. */
const ONCE_MOST_MS = 10_000;
const ONCE_LOOK_MS = 250;
/** The size of a screen printed where there is no terminal. */
const PAGE = { columns: 120, rows: 50 };

type Picture = { snapshot: Snapshot; analysis: Analysis };
type Watch = { readonly live: Seeded; readonly look: (ask?: { pid?: number }) => Picture };

export async function top(options: TopOptions, io: Io): Promise<number> {
  if (options.after !== undefined && !options.once) {
    throw new CommandError(EXIT.usage, {
      message: "--after goes with --once: the dashboard stays until q",
      hint: "sockleak top --once --after 30s",
    });
  }
  if (!options.once && io.terminal === null) {
    io.err("standard output is no terminal: this is 'sockleak list' (what happens live: top --once, trace --json)\n");
    return list(options, io);
  }
  return options.once ? once(await watch(options), { options, io }) : dashboard(options, io);
}

async function watch(options: TopOptions): Promise<Watch> {
  const tracker = new Tracker();
  const { kind: kinds } = options;
  const asked = { ...thresholdsOf(options), ...(kinds !== undefined && { kinds }) };
  const live = await startLive(options, "lean", (events) => {
    for (const event of events) tracker.apply(event);
  });
  const look = (ask = {}) => {
    const snapshot = tracker.snapshot(boottimeUs(), ask);
    return { snapshot, analysis: analyse(snapshot, asked) };
  };
  return { live, look };
}

async function dashboard(options: TopOptions, io: Io): Promise<number> {
  const { live, look } = await watch(options);
  let failure: unknown;
  await new Promise<void>((resolve) => {
    const screen = openDashboard({
      snapshot: look,
      status: () => live.status(),
      lastUse: {
        toggle: (pid) => void live.watchUse(live.lastUse?.pid === pid ? null : pid),
        now: () => live.lastUse,
      },
      onQuit: (error) => {
        failure = error;
        resolve();
      },
    });
    void Promise.race([io.stopped, live.done]).then(() => {
      screen.close();
      resolve();
    });
  });
  await live.stop();
  if (failure !== undefined) throw failure;
  return EXIT.done;
}

async function once({ live, look }: Watch, { options, io }: { options: TopOptions; io: Io }): Promise<number> {
  const waitMs = options.after ?? ONCE_MOST_MS;
  // A time that was asked for is one under watch: it begins when probes are attached, or cannot be.
  if (options.after !== undefined) await Promise.race([io.stopped, live.attached.catch(() => {})]);
  io.err(`watching for ${options.after === undefined ? "at most " : ""}${formatDuration(waitMs)}\n`);
  await lookFor({ live, look }, { waitMs, any: options.after === undefined, stopped: io.stopped });
  const pid = look().analysis.suspects.find((suspect) => suspect.pid !== null)?.pid;
  const picture = look(typeof pid === "number" ? { pid } : {});
  io.out(renderOnce({ ...picture, ...(io.terminal ?? PAGE), status: live.status() }));
  await live.stop();
  return EXIT.done;
}

type Until = { readonly waitMs: number; readonly any: boolean; readonly stopped: Promise<void> };

/** Resolves after the time, or when there is something to show if `any` will do. */
async function lookFor({ live, look }: Watch, { waitMs, any, stopped }: Until): Promise<void> {
  const startMs = performance.now();
  let ended = false;
  void Promise.race([stopped, live.done]).then(() => {
    ended = true;
  });
  while (!ended && performance.now() - startMs < waitMs) {
    if (any && look().analysis.verdict === "leak") break;
    await new Promise((resolve) => setTimeout(resolve, ONCE_LOOK_MS));
  }
}

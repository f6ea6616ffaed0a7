/** Keys of a replay → what its player does; and the time line that shows where that leads. */
import type { Timeline } from "../dashboard/replay.ts";
import type { Steering } from "../dashboard/screen.ts";
import type { Event } from "../model/event.ts";
import { type Player, SPEED } from "../source/recording/player.ts";
import { instantTyped, usOf } from "./instant.ts";
import type { Outline } from "./outline.ts";

const STEP_US = 10_000_000;
/** Of the whole recording. */
const LEAPS = 20;
/** Until the first event has been read. */
const LOOK_AGAIN_MS = 100;

type Act = Parameters<Steering["act"]>[0];

export class Steer implements Steering {
  readonly player: Player;
  readonly outline: Outline;
  readonly #isPipe: boolean;
  #wall: { readonly atUs: number; readonly wallMs: number } | null = null;

  constructor(player: Player, outline: Outline, { isPipe }: { readonly isPipe: boolean }) {
    this.player = player;
    this.outline = outline;
    this.#isPipe = isPipe;
  }

  /** Told each event: some tell the wall clock. */
  hear(event: Event): void {
    if (event.type === "recording" || event.type === "tick") this.#wall = event;
  }

  readonly timeline = (): Omit<Timeline, "typed"> => {
    const { view, endUs, firstLeakUs } = this.outline;
    const { atUs, speed, paused, seeking, ended, startUs } = this.player;
    const wallMs = this.#wallMs(atUs);
    return {
      fromUs: startUs ?? atUs,
      toUs: endUs,
      comes: this.#isPipe,
      ...{ atUs, speed, paused, seeking, ended, firstLeakUs },
      wall: wallMs === null ? null : timeOfDay(wallMs),
      curve: (view?.points ?? []).map((point) => ({ atUs: point.atUs, count: point.unclosed })),
      marksUs: (view?.marks ?? []).map((mark) => mark.atUs),
      gapsUs: (view?.gaps ?? []).map((gap) => gap.atUs),
    };
  };

  readonly act = (action: Act): void => ACTS[action](this);

  readonly goTo = (text: string): void => {
    const instant = instantTyped(text, this.#startWallMs());
    if (instant !== undefined) this.goToInstant(instant);
  };

  goToInstant(instant: NonNullable<ReturnType<typeof instantTyped>>): void {
    const { startUs } = this.player;
    if (startUs === null) setTimeout(() => this.goToInstant(instant), LOOK_AGAIN_MS);
    else this.seek(usOf(instant, { startUs, endUs: this.outline.endUs, startWallMs: this.#startWallMs() }));
  }

  /** A pipe cannot go back. */
  seek(atUs: number | undefined | null): void {
    if (atUs == null || (this.#isPipe && atUs < this.player.atUs)) return;
    this.player.seek(atUs);
  }

  /** A twentieth of the whole, on or back. */
  leap(by: 1 | -1): void {
    const { atUs, startUs } = this.player;
    this.seek(atUs + (by * ((this.outline.endUs ?? atUs) - (startUs ?? atUs))) / LEAPS);
  }

  #wallMs(atUs: number): number | null {
    return this.#wall === null ? null : this.#wall.wallMs + Math.round((atUs - this.#wall.atUs) / 1000);
  }

  #startWallMs(): number | null {
    const { startUs } = this.player;
    return startUs === null ? null : this.#wallMs(startUs);
  }
}

const ACTS: Readonly<Record<Act, (steer: Steer) => void>> = {
  pause: ({ player }) => player.pause(!player.paused),
  faster: ({ player }) => player.setSpeed(Number.isFinite(player.speed) ? player.speed * 2 : SPEED.most),
  slower: ({ player }) => player.setSpeed(Number.isFinite(player.speed) ? player.speed / 2 : SPEED.most),
  asFastAsPossible: ({ player }) => player.setSpeed(SPEED.asFastAsPossible),
  stepBack: (steer) => steer.seek(steer.player.atUs - STEP_US),
  stepOn: (steer) => steer.seek(steer.player.atUs + STEP_US),
  leapBack: (steer) => steer.leap(-1),
  leapOn: (steer) => steer.leap(1),
  toStart: (steer) => steer.seek(steer.player.startUs),
  nextMark: (steer) => steer.seek(next(steer, "marks")),
  nextGap: (steer) => steer.seek(next(steer, "gaps")),
  firstLeak: (steer) => steer.seek(steer.outline.firstLeakUs),
};

/** After the instant that is shown, by more than its own event. */
function next({ player, outline }: Steer, what: "marks" | "gaps"): number | undefined {
  return outline.view?.[what].find(({ atUs }) => atUs > player.atUs)?.atUs;
}

function timeOfDay(wallMs: number): string {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? "?" : `${date.toISOString().slice(11, 19)} UTC`;
}

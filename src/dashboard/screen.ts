/**
 * The terminal: keys in, pictures out, and given back whatever happens. The only importers of blessed are this file
 * and its panels; they decide nothing (view.ts does).
 */
import type { Readable, Writable } from "node:stream";
import type { ReadStream } from "node:tty";
import blessed from "blessed";
import type { Analysis } from "../analysis/finding.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { ChartPanel } from "./chart.ts";
import type { Shown } from "./header.ts";
import { type Action, actionOf, type ReplayAction, replayActionOf } from "./keys.ts";
import type { Timeline } from "./replay.ts";
import { act, type Choices, INITIAL, NOTHING, type State, settle } from "./state.ts";
import { TextPanel } from "./text.ts";
import { type View, view } from "./view.ts";

export type Ask = { pid?: number };

/** How a recording is steered. */
export type Steering = {
  readonly timeline: () => Omit<Timeline, "typed">;
  readonly act: (action: Exclude<ReplayAction, "goTo"> | "pause") => void;
  /** To a time as a person types it; what is none changes nothing. */
  readonly goTo: (text: string) => void;
};

export type DashboardOptions = {
  /** What is shown is a recording. */
  readonly steering?: Steering;
  readonly snapshot: (ask: Ask) => { snapshot: Snapshot; analysis: Analysis };
  /** Starts and stops the walk of a process's reads and writes; not there: nothing can be walked. */
  readonly lastUse?: {
    readonly toggle: (pid: number) => void;
    readonly now: () => { readonly pid: number; readonly why: string | null } | null;
  };
  /** One line about the source, such as "bpftrace died: …, again in 2 s". */
  readonly status: () => string | null;
  /** Once, when the terminal has been given back: by a key, a signal, or an error, which is handed on. */
  readonly onQuit: (error?: unknown) => void;
  /** Default: this process's. */
  readonly input?: Readable;
  readonly output?: Writable;
  readonly refreshMs?: number;
};

/** Of the time that a picture took: until the next one. */
const REST = 3;
/** A time, with its date. */
const TYPED_MAX = 40;

/** blessed restores the terminal on none of them (SIGHUP), or ends the process before others could act. */
const SIGNALS = ["SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT"] as const;

export function openDashboard(options: DashboardOptions): { close(): void } {
  const dashboard = new Dashboard(options);
  dashboard.start();
  return { close: () => dashboard.close() };
}

/** Takes the terminal, and gives it back; @types/blessed does not know it. */
type Screen = blessed.Widgets.Screen & { readonly enter: () => void; readonly leave: () => void };

class Dashboard {
  readonly #options: DashboardOptions;
  readonly #screen: Screen;
  readonly #text: TextPanel;
  readonly #chart: ChartPanel;
  #state: State = INITIAL;
  #shown: Shown | undefined;
  #choices: Choices = NOTHING;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #restUntilMs = 0;
  /** A time that is being typed. */
  #typed: string | null = null;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#screen = blessed.screen({
      // blessed cannot parse modern terminfo, and would fall to 8 colours in tmux, kitty, alacritty.
      terminal: "xterm-256color",
      fullUnicode: false,
      ...(options.input === undefined ? {} : { input: options.input as NodeJS.ReadStream }),
      ...(options.output === undefined ? {} : { output: options.output as NodeJS.WriteStream }),
    }) as Screen;
    // In this order: the text covers the empty rows that contrib leaves below a chart.
    this.#chart = new ChartPanel(this.#screen);
    this.#text = new TextPanel(this.#screen);
  }

  start(): void {
    for (const signal of SIGNALS) process.on(signal, this.#onGone);
    process.on("SIGTSTP", this.#suspend);
    process.on("SIGCONT", this.#goOn);
    // A monitor changes nothing: whoever handles the exception, or Node itself, prints to a terminal given back.
    process.on("uncaughtExceptionMonitor", this.#restore);
    this.#screen.on("keypress", (char: string | undefined, key: { full?: string }) => {
      this.#guard(() => this.#press(char ?? "", key.full ?? ""));
    });
    this.#screen.on("resize", () => this.#guard(() => this.#paint()));
    // The terminal is gone: nobody looks, nobody can press a key. Stays in place, since giving back writes once more.
    (this.#options.output ?? process.stdout).on("error", this.#onGone);
    (this.#options.input ?? process.stdin).on("error", this.#onGone).on("end", this.#onGone);
    this.#timer = setInterval(() => this.#guard(() => this.#tick()), this.#options.refreshMs ?? 1_000);
    this.#guard(() => this.#refresh());
  }

  close(): void {
    this.#restore();
  }

  readonly #onGone = (): void => this.#quit();

  /** Idempotent. Blessed writes synchronously, so this is enough even while the process is going down. */
  readonly #restore = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    for (const signal of SIGNALS) process.off(signal, this.#onGone);
    process.off("SIGTSTP", this.#suspend);
    process.off("SIGCONT", this.#goOn);
    process.off("uncaughtExceptionMonitor", this.#restore);
    this.#screen.destroy();
  };

  /** The shell gets its terminal back. All of the job stop, as ^Z would have it: npm and sudo, which wait for us, too. */
  readonly #suspend = (): void => {
    if (this.#closed) return;
    this.#screen.leave();
    this.#setRaw(false);
    process.off("SIGTSTP", this.#suspend);
    process.kill(0, "SIGTSTP");
    process.on("SIGTSTP", this.#suspend);
    // Where no shell could continue us the kernel does not stop us (an orphaned process group).
    this.#goOn();
  };

  /** Whatever stopped us: somebody else has used the terminal since. */
  readonly #goOn = (): void =>
    this.#guard(() => {
      this.#screen.leave();
      this.#screen.enter();
      // libuv believes that the terminal still is as it had left it.
      this.#setRaw(false);
      this.#setRaw(true);
      this.#refresh();
    });

  #setRaw(raw: boolean): void {
    const input = (this.#options.input ?? process.stdin) as Partial<ReadStream>;
    input.setRawMode?.(raw);
  }

  #quit(error?: unknown): void {
    if (this.#closed) return;
    this.#restore();
    this.#options.onQuit(error);
  }

  #guard(work: () => void): void {
    if (this.#closed) return;
    try {
      work();
    } catch (error) {
      this.#quit(error);
    }
  }

  #press(char: string, key: string): void {
    if (key === "C-z") {
      this.#suspend();
      return;
    }
    const { steering } = this.#options;
    if (this.#typed !== null && key !== "C-c") {
      this.#type(char, key);
      return;
    }
    const steer = steering === undefined ? undefined : replayActionOf(char || key);
    if (steer === "goTo") this.#typed = "";
    else if (steer !== undefined) steering?.act(steer);
    if (steer !== undefined) this.#refresh();
    const action = steer === undefined ? actionOf(key) : undefined;
    if (action !== undefined) this.#act(action);
  }

  #type(char: string, key: string): void {
    const typed = this.#typed ?? "";
    if (key === "enter" || key === "return" || key === "linefeed") this.#options.steering?.goTo(typed);
    if (["enter", "return", "linefeed", "escape"].includes(key)) this.#typed = null;
    else if (key === "backspace") this.#typed = typed.slice(0, -1);
    else if (/^[ -~]$/.test(char) && typed.length < TYPED_MAX) this.#typed = typed + char;
    this.#refresh();
  }

  #act(action: Action): void {
    if (action === "quit") {
      this.#quit();
      return;
    }
    if (action === "pause" && this.#options.steering !== undefined) {
      this.#options.steering.act("pause");
      this.#refresh();
      return;
    }
    if (action === "lastUse" && this.#state.help === null) {
      if (typeof this.#state.pid === "number") this.#options.lastUse?.toggle(this.#state.pid);
      this.#refresh();
      return;
    }
    const { pid, paused } = this.#state;
    this.#state = act(this.#state, action, this.#choices);
    // Another process has other sockets: ask for them at once.
    if (this.#state.pid !== pid || this.#state.paused !== paused) this.#refresh();
    else this.#paint();
  }

  /** The more there is to look at, the seldomer: most of the time is the source's. */
  #tick(): void {
    if (performance.now() < this.#restUntilMs) return;
    const startMs = performance.now();
    this.#refresh();
    this.#restUntilMs = performance.now() + REST * (performance.now() - startMs);
  }

  #refresh(): void {
    if (!this.#state.paused || this.#shown === undefined) this.#take();
    this.#paint();
  }

  #take(): void {
    const { pid } = this.#state;
    const picture = this.#options.snapshot(typeof pid === "number" ? { pid } : {});
    const timeline = this.#options.steering?.timeline();
    this.#shown = {
      ...picture,
      status: this.#options.status(),
      lastUse: this.#options.lastUse?.now() ?? null,
      ...(timeline !== undefined && { timeline: { ...timeline, typed: this.#typed } }),
    };
  }

  #paint(): void {
    const before = this.#state.pid;
    let picture = this.#view();
    if (this.#state.pid !== before && !this.#state.paused) {
      // The row chosen before is gone, or nothing was chosen yet.
      this.#take();
      picture = this.#view();
    }
    this.#chart.paint(picture.chart);
    this.#text.paint(picture);
    this.#screen.render();
  }

  #view(): View {
    if (this.#shown === undefined) this.#take();
    const size = { columns: this.#screen.cols, rows: this.#screen.rows, ascii: !showsUtf8(this.#screen) };
    const picture = view(this.#shown as Shown, this.#state, size);
    // Too small to show anything to choose from: keep the choices for when there is room again.
    if (picture.choices.tablePage > 0) {
      this.#choices = picture.choices;
      this.#state = settle(this.#state, picture.choices);
    }
    return picture;
  }
}

/** Blessed reads it from LANG and LC_*; its types do not know it. */
function showsUtf8({ tput }: blessed.Widgets.Screen): boolean {
  return (tput as { unicode?: boolean }).unicode === true;
}

/** A terminal that remembers what a person would see: @xterm/headless behind the streams of a real blessed screen. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { afterEach } from "node:test";
import xterm from "@xterm/headless";
import { type DashboardOptions, openDashboard } from "../../src/dashboard/screen.ts";

/** Only ever reached when a test fails: what is awaited is output, never time. */
const GIVE_UP_MS = 10_000;

type Tty = PassThrough & { columns: number; rows: number };

export class TestTerminal {
  readonly input = new PassThrough();
  readonly output: Tty;
  readonly screen: InstanceType<typeof xterm.Terminal>;
  readonly titles: string[] = [];
  raw = "";

  constructor(columns: number, rows: number) {
    this.output = Object.assign(new PassThrough(), { columns, rows });
    this.screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.screen.onTitleChange((title) => this.titles.push(title));
    this.output.on("data", (chunk: Buffer) => {
      this.raw += chunk.toString();
      this.screen.write(chunk, () => this.output.emit("seen"));
    });
  }

  /** As rows of text, without trailing blanks. */
  lines(): string[] {
    const buffer = this.screen.buffer.active;
    return Array.from({ length: this.screen.rows }, (_, y) => buffer.getLine(y)?.translateToString().trimEnd() ?? "");
  }

  text(): string {
    return this.lines().join("\n");
  }

  async until(what: RegExp | ((text: string) => boolean)): Promise<string> {
    const seen = (text: string) => (what instanceof RegExp ? what.test(text) : what(text));
    if (seen(this.text())) return this.text();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`never seen: ${what}; the screen is\n${this.text()}`)),
        GIVE_UP_MS,
      );
      this.output.on("seen", () => {
        if (!seen(this.text())) return;
        clearTimeout(timer);
        resolve(this.text());
      });
    });
  }

  /** Until the dashboard's own last line is there: blessed writes from top to bottom, in one piece. */
  painted(): Promise<string> {
    return this.until(/quit *$/);
  }

  press(keys: string): void {
    this.input.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    Object.assign(this.output, { columns, rows });
    this.output.emit("resize");
  }

  /** Foreground of the first character of `text`: a palette number, or -1. */
  colourOf(text: string): number {
    const y = this.lines().findIndex((line) => line.includes(text));
    assert.notEqual(y, -1, `not on the screen: ${text}`);
    const found = this.screen.buffer.active.getLine(y)?.getCell(this.lines()[y]?.indexOf(text) ?? 0);
    return found?.isFgPalette() ? found.getFgColor() : -1;
  }
}

export type Opened = { terminal: TestTerminal; close: () => void; quits: unknown[] };

const opened: Opened[] = [];

/** A test that fails leaves no listeners behind. */
afterEach(() => {
  for (const { close } of opened.splice(0)) close();
});

export type OpenOptions = Partial<DashboardOptions> & Pick<DashboardOptions, "snapshot"> & { lang?: string };

/** `refreshMs` is long by default: pictures then come from keys and resizes only. */
export function open(
  size: readonly [columns: number, rows: number],
  { lang = "C.UTF-8", ...options }: OpenOptions,
): Opened {
  for (const name of ["LANGUAGE", "LC_ALL", "LC_CTYPE"]) delete process.env[name];
  process.env.LANG = lang;
  const terminal = new TestTerminal(...size);
  const quits: unknown[] = [];
  const { close } = openDashboard({
    status: () => null,
    onQuit: (error) => quits.push(error),
    refreshMs: 3_600_000,
    input: terminal.input,
    output: terminal.output,
    ...options,
  });
  opened.push({ terminal, close, quits });
  return { terminal, close, quits };
}

const SCREENS = new URL("../../fixtures/screens/", import.meta.url);

/** UPDATE_SCREENS=1 writes what is seen; look at the difference before committing it. */
export function assertScreen(name: string, text: string): void {
  const file = new URL(`${name}.txt`, SCREENS);
  const seen = `${text.trimEnd()}\n`;
  if (process.env.UPDATE_SCREENS === "1") writeFileSync(file, seen);
  assert.ok(existsSync(file), `no fixtures/screens/${name}.txt: run with UPDATE_SCREENS=1`);
  assert.equal(seen, readFileSync(file, "utf8"));
}

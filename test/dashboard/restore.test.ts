/** The terminal is given back, whatever ends the dashboard. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { analysis, snapshot } from "./sample.ts";
import { open, type TestTerminal } from "./terminal.ts";

const DRIVER = fileURLToPath(new URL("driver.ts", import.meta.url));

const shown = () => ({ snapshot: snapshot(), analysis: analysis() });

function assertGivenBack(raw: string): void {
  assert.ok(raw.includes("\x1b[?1049h") && raw.includes("\x1b[?25l"), "it was taken");
  assert.ok(raw.lastIndexOf("\x1b[?1049l") > raw.lastIndexOf("\x1b[?1049h"), "the alternate screen is left");
  assert.ok(raw.lastIndexOf("\x1b[?25h") > raw.lastIndexOf("\x1b[?25l"), "the cursor is shown");
  assert.ok(raw.lastIndexOf("\x1b[?1l") > raw.lastIndexOf("\x1b[?1h"), "the arrow keys are as before");
}

async function normal(terminal: TestTerminal): Promise<void> {
  await terminal.until(() => terminal.raw.includes("\x1b[?1049l") && terminal.screen.buffer.active.type === "normal");
  assertGivenBack(terminal.raw);
}

const listeners = () =>
  ["SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT", "exit", "uncaughtException", "uncaughtExceptionMonitor"].map((name) =>
    process.listenerCount(name),
  );

for (const [name, key] of [
  ["q", "q"],
  ["Ctrl-C", "\x03"],
]) {
  test(`after ${name}`, async () => {
    const before = listeners();
    const { terminal, quits, close } = open([80, 24], { snapshot: shown });
    await terminal.painted();
    terminal.press(key ?? "");
    await normal(terminal);
    assert.deepEqual(quits, [undefined]);
    close();
    assert.deepEqual(quits, [undefined], "told once");
    assert.deepEqual(listeners(), before);
  });
}

test("after close(), which tells nobody", async () => {
  const { terminal, quits, close } = open([80, 24], { snapshot: shown });
  await terminal.painted();
  close();
  await normal(terminal);
  assert.deepEqual(quits, []);
});

test("after an error in taking or painting a picture, which is handed on", async () => {
  const error = new Error("no picture");
  let taken = 0;
  const { terminal, quits } = open([80, 24], {
    snapshot: () => {
      taken += 1;
      if (taken > 2) throw error;
      return shown();
    },
    refreshMs: 5,
  });
  await normal(terminal);
  assert.deepEqual(quits, [error]);
});

for (const [what, lose] of [
  ["input has ended", (terminal: TestTerminal) => terminal.input.end()],
  ["output takes no more", (terminal: TestTerminal) => terminal.output.emit("error", new Error("EIO"))],
] as const) {
  test(`a terminal whose ${what} is given up`, async () => {
    const { terminal, quits } = open([80, 24], { snapshot: shown });
    await terminal.painted();
    lose(terminal);
    await normal(terminal);
    assert.deepEqual(quits, [undefined]);
  });
}

test("^Z gives the terminal to the shell, and fg takes it again", async () => {
  const env = { ...process.env, LANG: "C.UTF-8", PS1: "shell> ", CATCHES: "0" };
  const shell = pty.spawn("bash", ["--norc", "--noprofile", "-i"], { cols: 80, rows: 24, env });
  const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  let raw = "";
  let look = () => {};
  shell.onData((data) => {
    raw += data;
    screen.write(data, () => look());
  });
  const shows = (buffer: "normal" | "alternate", what: RegExp) =>
    new Promise<void>((resolve) => {
      look = () => {
        const lines = Array.from({ length: 24 }, (_, y) => screen.buffer.active.getLine(y)?.translateToString());
        if (screen.buffer.active.type === buffer && what.test(lines.join("\n"))) resolve();
      };
      look();
    });
  await shows("normal", /shell>/);
  shell.write(`${process.execPath} --import tsx ${DRIVER}\r`);
  for (let turn = 0; turn < 2; turn++) {
    await shows("alternate", /quit/);
    shell.write("\x1a");
    await shows("normal", /Stopped/);
    assertGivenBack(raw);
    shell.write("clear; fg\r");
  }
  await shows("alternate", /quit/);
  shell.write("q");
  await shows("normal", /shell> *\s*$/);
  assertGivenBack(raw);
  shell.kill("SIGKILL");
});

/** A real terminal and a real process: signals, and an exception that nobody catches. */
for (const [how, code] of [
  ["SIGHUP", 7],
  ["SIGTERM", 7],
  ["SIGINT", 7],
  ["crash", 1],
  ["caught crash", 4],
  ["exit", 5],
] as const) {
  test(`a process ended by ${how}`, async () => {
    const env = { ...process.env, LANG: "C.UTF-8", CATCHES: how === "caught crash" ? "1" : "0" };
    const child = pty.spawn(process.execPath, ["--import", "tsx", DRIVER], { cols: 80, rows: 24, env });
    let raw = "";
    const ended = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
    const painted = new Promise<void>((resolve) => {
      child.onData((data) => {
        raw += data;
        if (raw.includes("quit")) resolve();
      });
    });
    await painted;
    child.kill({ crash: "SIGUSR2", "caught crash": "SIGUSR2", exit: "SIGPIPE" }[how as string] ?? how);
    assert.equal(await ended, code, raw.slice(-500));
    assertGivenBack(raw);
    if (how.endsWith("crash"))
      assert.match(raw.slice(raw.lastIndexOf("\x1b[?1049l")), /boom/, "the reason is on the screen that is left");
  });
}

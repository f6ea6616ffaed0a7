/** Under the gate a command is what it is without: streams, environment, signals, exit code. And no green that nobody can vouch for. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { spawn as spawnPty } from "@lydell/node-pty";
import { gate, leaks, program, scratch } from "./gate/gate.ts";
import { CLI } from "./sockleak.ts";

const QUIET = [CLI, "run", "--quiet", "--"];

function both(command: readonly string[], input = "") {
  const [name = "", ...args] = command;
  const alone = spawnSync(name, args, { input });
  const gated = spawnSync(process.execPath, [...QUIET, ...command], { input });
  return { alone, gated };
}

test("what it sees of its start, what it reads and writes, and its exit code are the same", () => {
  const input = `${"x".repeat(300_000)}\0\xff`;
  const { alone, gated } = both(["python3", program("inherited.py"), "a", "b c", "--", "-x", ""], input);
  assert.equal(alone.status, 42);
  assert.equal(gated.status, 42);
  assert.ok(alone.stdout.length > 300_000);
  assert.deepEqual(gated.stdout, alone.stdout);
  assert.deepEqual(gated.stderr, alone.stderr);
});

test("exit codes, signals as a shell tells them, and commands that cannot be started", () => {
  const signalled = (name: string) => ["sh", "-c", `kill -${name} $$`];
  for (const [command, code] of [
    [["true"], 0],
    [["false"], 1],
    [["sh", "-c", "exit 255"], 255],
    [["sh", "-c", "exec 0<&- 1>&-; exit 3"], 3],
    [signalled("KILL"), 137],
    [signalled("TERM"), 143],
    [["./no-such-command"], 127],
    [["no-such-command"], 127],
    [[program("leaks.py")], 126],
    [["/tmp"], 126],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [...QUIET, ...command]);
    assert.equal(status, code, `${command.join(" ")}: ${stderr}`);
  }
});

/** A command that is ready to be signalled, and all that it prints. */
async function ready(options: { readonly detached: boolean }): Promise<readonly [ChildProcess, () => string]> {
  const child = spawn(process.execPath, [...QUIET, "python3", program("signals.py")], {
    stdio: ["ignore", "pipe", "ignore"],
    ...options,
  });
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  while (!text.includes("ready\n")) await once(child.stdout as NodeJS.ReadableStream, "data");
  return [child, () => text];
}

test("a signal for us alone is handed on once, one for the group is not handed on", async () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
  await Promise.all(
    signals.map(async (signal) => {
      const [child, text] = await ready({ detached: false });
      child.kill(signal);
      const [code] = await once(child, "close");
      assert.deepEqual([code, text()], [7, `ready\ngot ${signal}\n`]);
    }),
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const [child, text] = await ready({ detached: true });
    process.kill(-(child.pid as number), signal);
    const [code] = await once(child, "close");
    assert.deepEqual([code, text()], [7, `ready\ngot ${signal}\n`], `${signal} to the group`);
  }
});

/** A shell with job control on a terminal of its own, and what it shows. */
class Terminal {
  text = "";
  readonly pty = spawnPty("bash", ["--norc", "--noprofile", "-i"], { cols: 80, rows: 24 });
  readonly ended = new Promise<void>((resolve) => this.pty.onExit(() => resolve()));
  #changed = () => {};

  constructor() {
    this.pty.onData((data) => {
      this.text += data;
      this.#changed();
    });
  }

  /** Waits for what comes after all that has been waited for. */
  async until(wanted: RegExp): Promise<void> {
    for (let found = wanted.exec(this.text); ; found = wanted.exec(this.text)) {
      if (found !== null) {
        this.text = this.text.slice(found.index + found[0].length);
        return;
      }
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }
}

test("in a terminal: the window's size, ^Z and on again, a stop for us alone, ^C once", async () => {
  const terminal = new Terminal();
  const { pty } = terminal;
  pty.write(`${process.execPath} ${QUIET.join(" ")} python3 ${program("signals.py")}; echo code $?\r`);
  await terminal.until(/ready\r/);
  const pid = childOf(pty.pid, "node");
  const command = childOf(pid, "python3");
  pty.write("\x1a");
  await terminal.until(/Stopped/);
  assert.deepEqual([stateOf(pid), stateOf(command)], ["T", "T"]);
  pty.write("fg\r");
  await untilState(command, "S");
  process.kill(pid, "SIGTSTP");
  await terminal.until(/Stopped/);
  assert.deepEqual([stateOf(pid), stateOf(command)], ["T", "T"]);
  pty.write("fg\r");
  await untilState(command, "S");
  pty.resize(100, 30);
  await terminal.until(/got SIGWINCH/);
  pty.write("\x03");
  await terminal.until(/got SIGINT/);
  // Of a stopped list bash forgets the rest: its code is asked for.
  await untilState(command, null);
  pty.write("\recho code $?; exit\r");
  await terminal.until(/code 7/);
  assert.doesNotMatch(terminal.text, /got SIG/);
  await terminal.ended;
});

test("never a false green: bpftrace is killed, or there is none, and nothing was found", async () => {
  const child = spawn(process.execPath, [CLI, "run", "--", "sh", "-c", "echo ready; read line"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  await once(child.stdout, "data");
  const bpftrace = childOf(child.pid as number, "bpftrace");
  process.kill(bpftrace, "SIGKILL");
  while (stateOf(bpftrace) !== null) await delay(10);
  child.stdin.end("\n");
  const [code] = await once(child, "close");
  assert.equal(code, 125, stderr);
  assert.match(stderr, /incomplete: bpftrace ended: .*\n.*exit 125/);

  const census = await gate(["--census"], "sh", "-c", "exit 0");
  assert.equal(census.code, 125, census.stderr);
  assert.match(census.stderr, /incomplete: .*were not seen/);
  const allowed = await gate(["--census", "--allow-incomplete"], "true");
  assert.equal(allowed.code, 0, allowed.stderr);
});

test("censuses find what stands for some looks, as another user, too", async () => {
  const { code, document, stderr } = await gate(["--census"], ...leaks("eof-ignored", "grandchild", "2.5"));
  assert.deepEqual(
    document.findings.map(({ kind, count }) => [kind, count]),
    [["eof-ignored", 3]],
    stderr,
  );
  assert.equal(code, 1);
});

const SUDO_BY_NOBODY = { ...process.env, SUDO_UID: "65534", SUDO_GID: "65534", SUDO_USER: "nobody" };

test("under sudo it is the caller's, with the caller's home and none of our rights", async () => {
  const env = { ...SUDO_BY_NOBODY, MAIL: "/var/mail/root" };
  const script = "id -u; id -G; echo $HOME $USER $MAIL $SUDO_UID.; grep CapEff /proc/self/status";
  const theirs = spawnSync(process.execPath, [...QUIET, "sh", "-c", script], { env, cwd: "/" });
  assert.equal(
    theirs.stdout.toString(),
    "65534\n65534\n/nonexistent nobody /var/mail/nobody .\nCapEff:\t0000000000000000\n",
    `${theirs.stderr}`,
  );
  const ours = spawnSync(process.execPath, [CLI, "run", "--quiet", "--as-root", "--", "id", "-u"], { env });
  assert.equal(ours.stdout.toString(), "0\n");
});

test("under sudo its files are written with the caller's rights, and are the caller's", () => {
  const [theirs, ours] = [scratch("theirs"), scratch("ours.json")];
  mkdirSync(theirs);
  chownSync(theirs, 65534, 65534);
  chmodSync(scratch("."), 0o755);
  writeFileSync(ours, "ours");
  symlinkSync(ours, `${theirs}/link.json`);
  const gated = (file: string) =>
    spawnSync(process.execPath, [CLI, "run", "--output", `${theirs}/${file}`, "--", "true"], {
      env: SUDO_BY_NOBODY,
      encoding: "utf8",
    });
  const written = gated("leaks.json");
  assert.equal(written.status, 0, written.stderr);
  const { uid, gid, mode } = statSync(`${theirs}/leaks.json`);
  assert.deepEqual([uid, gid, mode & 0o777], [65534, 65534, 0o600]);
  const refused = gated("link.json");
  assert.match(refused.stderr, /cannot write .*link\.json: permission denied/);
  assert.equal(refused.status, 2, "before the command runs");
  assert.equal(readFileSync(ours, "utf8"), "ours");
});

function childOf(pid: number, name: string): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  const found = children.find((child) => readlinkSync(`/proc/${child}/exe`).includes(name.replace(/\d$/, "")));
  assert.ok(found !== undefined, `${name} among the children`);
  return found;
}

function stateOf(pid: number): string | null {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? null;
  } catch {
    return null;
  }
}

async function untilState(pid: number, state: string | null): Promise<void> {
  while (stateOf(pid) !== state) await delay(10);
}

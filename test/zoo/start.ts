/** Starts a program of the zoo, waits until it says that it holds its state, and ends it with all its children. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { build, runArgv } from "./build.ts";
import type { Address } from "./program.ts";
import { programNamed } from "./programs.ts";

const READY_MS = 40_000; // the programs themselves give up after 25 s
const GRACE_MS = 3000;

export type Info = {
  readonly ready: true;
  readonly pid: number;
  readonly port: number;
  readonly held: number;
} & Readonly<Record<string, unknown>>;
export type Running = {
  /** The process that holds the sockets. */
  readonly pid: number;
  readonly port: number;
  readonly info: Info;
  stop(): Promise<void>;
};
export type StartOptions = {
  readonly address?: Address;
  /** A name below /run/netns, or a path. */
  readonly netns?: string;
  /** Instead of the table's arguments after ADDRESS and COUNT. */
  readonly args?: readonly string[];
};

/** The machine refuses what the program needs: not a failure of the program. */
export class ZooUnavailable extends Error {}

export async function startZoo(name: string, options: StartOptions = {}): Promise<Running> {
  const program = programNamed(name);
  const argv = [...runArgv(program, await build(program)), options.address ?? "127.0.0.1", String(program.count)];
  argv.push(...(options.args ?? program.args));
  if (options.netns !== undefined) argv.unshift("nsenter", `--net=${netnsPath(options.netns)}`);
  // Its own process group: whatever it forks can be ended with it. If we die, its standard input ends.
  const child = spawn(argv[0] ?? "", argv.slice(1), { detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const stop = () => end(child);
  try {
    const info = await readyLine(name, child);
    return { pid: info.pid, port: info.port, info, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function netnsPath(netns: string): string {
  return netns.includes("/") ? netns : `/run/netns/${netns}`;
}

async function readyLine(name: string, child: ChildProcess): Promise<Info> {
  if (child.stdout === null || child.stderr === null) throw new Error(`${name}: no pipes`);
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors = (errors + text.toString()).slice(-2000);
  });
  child.stdin?.on("error", () => {}); // it may be gone before we end it
  const lines = createInterface({ input: child.stdout });
  const line = new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    lines.once("close", () => reject(new Error(`${name} ended before it was ready: ${errors.trim()}`)));
    child.once("error", reject);
    setTimeout(
      () => reject(new Error(`${name} not ready in ${READY_MS / 1000} s: ${errors.trim()}`)),
      READY_MS,
    ).unref();
  });
  const info = JSON.parse(await line) as Info | { readonly ready: false; readonly cannot: string };
  if (!info.ready) throw new ZooUnavailable(`cannot run ${name} here: ${info.cannot}`);
  return info;
}

async function end(child: ChildProcess): Promise<void> {
  const group = child.pid;
  if (group === undefined) return;
  child.stdin?.end();
  for (const until = performance.now() + GRACE_MS; groupLives(group) && performance.now() < until; ) await sleep(20);
  if (groupLives(group)) process.kill(-group, "SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  while (groupLives(group)) await sleep(20);
}

/** Whether any process of the group is more than a zombie. (A leader whose main thread ended is a zombie with threads.) */
function groupLives(group: number): boolean {
  return readdirSync("/proc").some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(pgrp) === group && (state !== "Z" || readdirSync(`/proc/${pid}/task`).length > 1);
    } catch {
      return false; // gone meanwhile
    }
  });
}

/** Programs as processes: those beside this file, and the built sockleak. Whatever a test leaves behind ends with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import type { DoctorDocument } from "../../../src/report/doctor-text.ts";
import { type Capability, capabilitiesOf } from "../capabilities.ts";

const started = new Set<ChildProcess>();
after(() => {
  for (const child of started) child.kill("SIGKILL");
});

/** The checkout is the working directory; this file is compiled elsewhere. */
export const HERE = "test/kernels/guest-tests";
/** What is left here, the runner outside finds. */
export const RESULTS = "/results";
export const doctor = JSON.parse(readFileSync(process.env.SOCKLEAK_DOCTOR ?? "", "utf8")) as DoctorDocument;
const capabilities = capabilitiesOf(doctor);

export function can(capability: Capability): boolean {
  return capabilities.includes(capability);
}

const asked = process.env.SOCKLEAK_ATTACHMENTS?.split(",");

/** For a test's `skip`: false, or why not. The runner fails a lack that KERNELS does not expect. */
export function without(capability: Capability): string | false {
  if (can(capability)) return asked?.includes(capability) === false && "not asked for";
  return doctor.attachments.find(({ attachment }) => attachment === capability)?.reason ?? "doctor says so";
}

/** A program that answers in JSON lines and ends with its standard input. */
export class Program<T> {
  readonly ready: Promise<T>;
  readonly child: ChildProcess;
  readonly #lines: Interface;

  constructor(...[command = "", ...args]: readonly string[]) {
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    started.add(this.child);
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    this.ready = this.#answer<T>(args.join(" "));
  }

  async ask<A>(line: string): Promise<A> {
    const answer = this.#answer<A>(line);
    this.child.stdin?.write(`${line}\n`);
    return answer;
  }

  async stop(): Promise<void> {
    const closed = once(this.child, "close");
    this.child.stdin?.end();
    await closed;
    started.delete(this.child);
  }

  async #answer<A>(what: string): Promise<A> {
    const line = once(this.#lines, "line").then(([text]) => JSON.parse(text as string) as A);
    const ended = once(this.child, "close").then(() => Promise.reject(new Error(`ended without an answer: ${what}`)));
    ended.catch(() => {}); // after the answer its end is nobody's concern
    return Promise.race([line, ended]);
  }
}

export type Output = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** The built sockleak, to its end. */
export async function sockleak(...args: readonly string[]): Promise<Output> {
  return outputOf(startSockleak(...args));
}

export function startSockleak(...args: readonly string[]): ChildProcess {
  return startSockleakThrough([], args);
}

/** `through`: a command that runs another, `unshare --mount`. */
export function startSockleakThrough(through: readonly string[], args: readonly string[]): ChildProcess {
  return run(...through, process.execPath, "dist/cli.js", ...args);
}

/** Any other program. */
export function run(...[command = "", ...args]: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  started.add(child);
  return child;
}

export async function outputOf(child: ChildProcess): Promise<Output> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, "close"),
  ]);
  started.delete(child);
  return { code: code as number | null, stdout, stderr };
}

/** The probe scripts that ship, and what of them fits this kernel. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Attachment, Mode } from "../model/event.ts";
import type { Script } from "./bpftrace.ts";
import { type ProbeFilter, withFilter } from "./probe-filter.ts";
import { canWalkStacks, usesAlone, withSites } from "./sites.ts";

export type ProbeAttachment = Exclude<Attachment, "census">;
export type ProbeMode = Exclude<Mode, "census">;

/** What probes are told when they start. */
export type Probing = {
  readonly mode: ProbeMode;
  /** Lean: from this age on an unclosed socket is told. */
  readonly suspectMs: number;
  /** Lean: how many sockets the kernel keeps books of. */
  readonly maxSockets: number;
  /** For lines that wait to be read; null: as much as suits the mode and the machine. */
  readonly bufferBytes: number | null;
  /** Code paths are told, too, where they can be. */
  readonly sites: boolean;
  /** The process of which it is told where its sockets were last used; null: none. */
  readonly usedBy: number | null;
  /** Of what is told at all. */
  readonly filter: ProbeFilter;
};

/** Full mode keeps calls in flight by thread (probes: @closing and the like). */
const THREADS = 65_536;

export const MAX_SOCKETS = 131_072;
export const FULL: Probing = {
  mode: "full",
  suspectMs: 5_000,
  maxSockets: MAX_SOCKETS,
  bufferBytes: null,
  sites: true,
  usedBy: null,
  filter: {},
};

export const LEAN: Probing = { ...FULL, mode: "lean" };

/** Best first: cheaper and more complete. */
export const ATTACHMENTS: readonly ProbeAttachment[] = ["fentry", "kprobe", "tracepoint"];

/** The kernel's own types; beside it, where modules have types (Linux 5.11), lies a file for each that is loaded. */
const BTF = "/sys/kernel/btf/vmlinux";
/**
 * Linux 7.2 has who owns a socket's lock in a struct of this name amid an unnamed union (include/net/sock.h), which bpftrace 0.23
 * does not look into: "socket_lock_t does not contain a field named 'owned'". Beside it `combined` is both halves of the lock.
 */
const LOCK_TYPE = "\0slock_owned\0";
const LOCK_OWNED = "$sk->sk_lock.owned == 1";
const LOCK_COMBINED = "((int64)$sk->sk_lock.combined & 0xffffffff) == 1";
/** Where tracefs may be mounted (Documentation/trace/ftrace.rst). */
const TRACEFS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/**
 * Kernel memory for printed lines, over all CPUs: a line takes about 130 bytes, and bpftrace 0.17 may leave one CPU's
 * buffer unread for as long as another's fills. Full: a million lines. Lean prints only suspects, at most 800 a second.
 */
const BUFFER_BYTES: Readonly<Record<ProbeMode, number>> = { full: 128 * 1024 * 1024, lean: 4 * 1024 * 1024 };
/**
 * What is larger than this limit (default 32), bpftrace from 0.22 on builds in memory that all its programs share on a CPU, and nothing
 * keeps an interrupt's program from overwriting the line of the fentry program that it interrupts: a pulse came twice, and a close
 * never (measured: 0.23, Linux 7.2; in no count of losses). A stack is a program's own. Full: a line is up to 144 bytes. Lean: what goes
 * into the books is up to 48; with its lines 0.27 would need more than the 512 bytes that a stack has, and they are few.
 */
const ON_STACK_BYTES: Readonly<Record<ProbeMode, number>> = { full: 256, lean: 64 };
/** Of a small machine's memory, at most. */
const BUFFER_MEMORY_SHARE = 1 / 64;

/** A block that may be left out: its comment, its probe, its body up to a closing brace of its own. */
const OPTIONAL_BLOCK = /^\/\/ optional: .*\n(?:\/\/ .*\n)*tracepoint:(\w+):(\w+)\n[\s\S]*?^\}\n/gm;

export function scriptFile(attachment: ProbeAttachment, mode: ProbeMode = "full"): string {
  return fileURLToPath(new URL(`../../probes/${mode}-${attachment}.bt`, import.meta.url));
}

/** The script for this kernel: the file as it is where that can be. */
export async function scriptFor(attachment: ProbeAttachment, probing: Probing = FULL): Promise<Script> {
  const { mode, maxSockets, bufferBytes, filter } = probing;
  const sites = probing.sites && canWalkStacks();
  const file = scriptFile(attachment, mode);
  const whole = await readFile(file, "utf8");
  const joined = sites ? await withSites(whole, probing) : whole;
  const fitting = withoutMissing(joined, hasTracepoint);
  const locked = fitting.includes(LOCK_OWNED) ? withLock(fitting, await kernelHas(LOCK_TYPE)) : fitting;
  const limited = mode === "lean" ? withLimits(locked, { ...probing, cpus: await possibleCpus() }) : locked;
  const text = withFilter(limited, { filter, mode });
  const mapKeys = mode === "lean" || sites ? maxSockets : THREADS;
  const room = { mapKeys, bufferBytes: bufferBytes ?? usualBuffer(mode), onStackBytes: ON_STACK_BYTES[mode] };
  return { ...(text === whole ? { file } : { text }), ...room, ...typesFor(attachment) };
}

/** Who used the sockets of one process last, as a script of its own: few lines, few sockets. Errors: a pid out of its range. */
export async function lastUseScript(pid: number): Promise<Script> {
  const room = { mapKeys: 16_384, bufferBytes: 1024 * 1024, onStackBytes: ON_STACK_BYTES.full };
  return { text: await usesAlone(pid), ...room, ...typesFor("tracepoint") };
}

function usualBuffer(mode: ProbeMode): number {
  return Math.min(BUFFER_BYTES[mode], totalmem() * BUFFER_MEMORY_SHARE);
}

/** The lean script's text with its two numbers: the suspect age, and how many CPUs there may be. */
export function withLimits(
  text: string,
  { suspectMs, cpus }: Pick<Probing, "suspectMs"> & { readonly cpus: number },
): string {
  return text
    .replace(/(\$suspect_ns = \(int64\))\d+;/, `$1${Math.round(suspectMs) * 1_000_000};`)
    .replace(/(\$cpus = \(int64\))\d+;/, `$1${Math.round(cpus)};`);
}

/** CPUs are numbered below this: "0-127" or "0,2-3" (Documentation/admin-guide/cputopology.rst). */
async function possibleCpus(): Promise<number> {
  const text = await readFile("/sys/devices/system/cpu/possible", "utf8").catch(() => "");
  const last = Number(/(\d+)\s*$/.exec(text)?.[1] ?? Number.NaN);
  return Number.isInteger(last) ? last + 1 : availableParallelism();
}

/**
 * Asked for the kernel's types by id, Linux 5.10 does not answer bpftrace 0.17 ("unknown type name 's64'"), and from newer kernels it
 * takes those of every module, too, which took it minutes in an emulated guest. Told the file it takes what the scripts need;
 * fentry needs the ids.
 */
function typesFor(attachment: ProbeAttachment): { readonly btf?: string } {
  return attachment === "fentry" || !existsSync(BTF) ? {} : { btf: BTF };
}

/** Among the names of the kernel's types: a file of 5 MB or so. */
async function kernelHas(name: string): Promise<boolean> {
  const types = await readFile(BTF).catch(() => null);
  return types?.includes(name) ?? false;
}

/** The script's text for a kernel whose socket lock is of a type of its own. */
export function withLock(text: string, isTyped: boolean): string {
  return isTyped ? text.replaceAll(LOCK_OWNED, LOCK_COMBINED) : text;
}

/** The script's text without the optional blocks whose tracepoint is missing. */
export function withoutMissing(text: string, has: (category: string, name: string) => boolean): string {
  return text.replace(OPTIONAL_BLOCK, (block, category: string, name: string) => (has(category, name) ? block : ""));
}

/**
 * The kernel's reason why an attachment cannot work, where that can be told without trying; else undefined.
 */
export function plainlyMissing(attachment: ProbeAttachment): string | undefined {
  if (attachment === "fentry" && !inTracefs("available_filter_functions")) {
    return "this kernel has no function tracing (no available_filter_functions in tracefs), which BPF trampolines need";
  }
  if (attachment === "kprobe" && !inTracefs("kprobe_events")) {
    return "this kernel has no kprobes (no kprobe_events in tracefs: CONFIG_KPROBE_EVENTS is off)";
  }
  return undefined;
}

function hasTracepoint(category: string, name: string): boolean {
  return inTracefs(`events/${category}/${name}`);
}

function inTracefs(name: string): boolean {
  return TRACEFS.some((root) => existsSync(`${root}/${name}`));
}

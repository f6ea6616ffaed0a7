/** Options that mean the same in every command: filters, durations. What is wrong with a value is said here (exit code 2). */
import { isIP } from "node:net";
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { DEFAULT_THRESHOLDS, KINDS, type Kind } from "../analysis/finding.ts";
import { parseBytes } from "../format/bytes.ts";
import { formatShortDuration } from "../format/duration.ts";
import { parseDuration } from "../format/parse-duration.ts";
import { type Instant, parseInstant } from "../format/parse-instant.ts";

const PORT_MAX = 65_535;
/** PID_MAX_LIMIT on 64-bit, include/linux/threads.h. */
const PID_MAX = 4_194_304;

const BUFFER_LEAST = 256 * 1024;
const BUFFER_MOST = 4 * 1024 ** 3;

export type FilterOptions = {
  readonly pid?: number;
  readonly children?: true;
  readonly comm?: string;
  readonly localPort?: number;
  readonly peerPort?: number;
  readonly port?: number;
  readonly peer?: string;
  readonly netns?: string;
  readonly container?: string;
  readonly unit?: string;
};

export type ProbeOptions = {
  readonly mode?: "lean" | "full";
  /** Bytes. */
  readonly buffer?: number;
  readonly maxSockets?: number;
  readonly sites?: boolean;
  readonly jit?: true;
  readonly lastUsed?: true;
};

/** Adds how the probes work, for every command that has some. */
export function withProbes<A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) {
  return command
    .addOption(
      new Option(
        "--mode <mode>",
        "full: every transition; lean: suspects and counts, at a fraction of the cost",
      ).choices(["lean", "full"] as const),
    )
    .option("--sites", "tell the code paths on which sockets were opened and closed (all but trace do)")
    .option("--no-sites", "do not")
    .option("--last-used", "with --pid: tell on which code path each socket was last used before its peer closed")
    .option(
      "--jit",
      "ask Java processes for their compiled methods and where threads stand (jcmd Compiler.perfmap, Thread.print)",
    )
    .option("--buffer <size>", "kernel memory for what waits to be read: 4M, 128M (default: by mode)", bytes)
    .option(
      "--max-sockets <n>",
      "lean: live sockets that the kernel keeps books of (default: 131072)",
      integer("a number of sockets", { from: 1_024, to: 4_194_304 }),
    );
}

/** A size in bytes: 512K, 4M, 1G. */
function bytes(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,7})([KMG])$/.exec(text) ?? [];
  const size = Number(digits) * 1024 ** ("KMG".indexOf(unit) + 1);
  if (size >= BUFFER_LEAST && size <= BUFFER_MOST) return size;
  throw new InvalidArgumentError("a size is a number and K, M or G, from 256K to 4G: 4M, 128M.");
}

/** Adds design.md's filters, in their one spelling. */
export function withFilters<A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) {
  return command
    .option("--pid <n>", "sockets of this process", integer("a process id", { from: 1, to: PID_MAX }))
    .option("--children", "with --pid: and of its descendants")
    .option("--comm <name>", "sockets of processes of this name (exact; * stands for anything)", notEmpty)
    .option("--local-port <n>", "sockets on this port of ours", port)
    .option("--peer-port <n>", "sockets towards this port", port)
    .option("--port <n>", "sockets with this port on either side", port)
    .option("--peer <cidr>", "sockets towards this address or network", cidr)
    .option("--netns <ns>", "network namespace: inode, name, path or pid:N", notEmpty)
    .option(
      "--container <id>",
      "sockets of this container: the start of its id, or its pod's name (* as above)",
      notEmpty,
    )
    .option("--unit <name>", "sockets of this systemd unit (* as above)", notEmpty);
}

/** Adds which part of a recording is looked at, and how strictly. */
export function withWindow<A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) {
  return command
    .option(
      "--at <instant>",
      "as it stood then: +5m from the start, -30s from the end, or a time (default: the end)",
      instant,
    )
    .option("--from <instant>", "as if nothing had been recorded before", instant)
    .option("--to <instant>", "as --at", instant)
    .option("--strict", "fail if a line is refused or a file is cut");
}

/** Adds --redact. */
export function withRedaction<A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) {
  return command
    .option("--redact", "stand-ins for addresses and names; ports and who shares a subnet stay")
    .option("--redact-key <file>", "the same stand-ins whenever this file is the key", notEmpty);
}

function instant(text: string): Instant {
  const found = parseInstant(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError("an instant is +5m, -30s, 2026-11-27T00:36:32Z (UTC) or 847070000us (of boot).");
}

/** What a report can be made as. */
export const FORMATS = ["text", "markdown", "json", "html", "folded", "speedscope"] as const;

/** A whole number in a range. */
export function integer(what: string, { from, to }: { from: number; to: number }): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`${what} is a whole number from ${from} to ${to}.`);
  };
}

const port = integer("a port", { from: 1, to: PORT_MAX });

/** A duration in ms: 500ms, 30s, 10m, 2h. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("a duration is a number and its unit: 500ms, 30s, 10m, 2h or 1d.");
}

/** The same, where none would be no pause, or nothing kept. */
export function someTime(text: string): number {
  const ms = duration(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError("it must be more than 0.");
}

/** As disks are sold: 65536, 200MB, 1.5GB. */
export function diskSize(text: string): number {
  const size = parseBytes(text);
  if (size !== undefined) return size;
  throw new InvalidArgumentError("a size is a number of bytes, or 500kB, 200MB, 1.5GB.");
}

/** Of a replay. */
export function speed(text: string): number {
  const times = text === "max" ? Number.POSITIVE_INFINITY : Number(text.replace(/^x/, ""));
  if (text === "max" || (times >= 0.1 && times <= 1_000)) return times;
  throw new InvalidArgumentError("a speed is a number from 0.1 to 1000, or max.");
}

function notEmpty(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("it must not be empty.");
}

function cidr(text: string): string {
  const [address = "", bits, more] = text.split("/");
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const bitsFit = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  if (version !== 0 && bitsFit && more === undefined) return text;
  throw new InvalidArgumentError("a peer is an address or a network: 10.0.3.4, 10.0.0.0/8, fd00::/8.");
}

/** --older-than, for every command that judges. */
export function olderThan(usualMs = DEFAULT_THRESHOLDS.olderThanMs) {
  return new Option("--older-than <duration>", "a socket unclosed for this long is a leak")
    .argParser(duration)
    .default(usualMs, formatShortDuration(usualMs).replace(".0s", "s"));
}

/** --kind, for every command that judges: once, several times, or with commas. */
export function kinds() {
  return new Option("--kind <kind>", `only sockets of this kind: ${KINDS.join(", ")}`).argParser(
    (text: string, before: ReadonlySet<Kind> | undefined) => new Set([...(before ?? []), ...text.split(",").map(kind)]),
  );
}

function kind(text: string): Kind {
  const found = KINDS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`a kind is one of ${KINDS.join(", ")}.`);
}

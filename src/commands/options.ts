/** Options that mean the same in every command: filters, durations. What is wrong with a value is said here (exit code 2). */
import { isIP } from "node:net";
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import ipaddr from "ipaddr.js";
import { parseDuration } from "../format/parse-duration.ts";

const PORT_MAX = 65_535;
/** PID_MAX_LIMIT on 64-bit, include/linux/threads.h. */
const PID_MAX = 4_194_304;

export type FilterOptions = {
  readonly pid?: number;
  readonly comm?: string;
  readonly localPort?: number;
  readonly peerPort?: number;
  readonly port?: number;
  readonly peer?: string;
  readonly netns?: string;
};

/** Adds design.md's filters, in their one spelling. */
export function withFilters<A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) {
  return command
    .option("--pid <n>", "sockets of this process", integer("a process id", { from: 1, to: PID_MAX }))
    .option("--comm <name>", "sockets of processes of this name (exact; * stands for anything)", notEmpty)
    .option("--local-port <n>", "sockets on this port of ours", port)
    .option("--peer-port <n>", "sockets towards this port", port)
    .option("--port <n>", "sockets with this port on either side", port)
    .option("--peer <cidr>", "sockets towards this address or network", cidr)
    .option("--netns <ns>", "network namespace: inode, name, path or pid:N", notEmpty);
}

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

/** The test for --peer; v4-mapped addresses and networks are v4. */
export function peerTest(text: string): (addr: string) => boolean {
  const [address = "", bits] = text.split("/");
  const network = ipaddr.process(address);
  const length = bits === undefined ? (network.kind() === "ipv4" ? 32 : 128) : prefixLength(address, Number(bits));
  return (addr) => {
    if (isIP(addr) === 0) return false;
    const candidate = ipaddr.process(addr);
    return candidate.kind() === network.kind() && candidate.match(network, length);
  };
}

/** ::ffff:10.0.0.0/104 is 10.0.0.0/8. */
function prefixLength(address: string, bits: number): number {
  const mapped = isIP(address) === 6 && ipaddr.process(address).kind() === "ipv4";
  return mapped ? Math.max(0, bits - 96) : bits;
}

/** The test for --comm: exact, `*` for any run of characters. */
export function commTest(pattern: string): (comm: string) => boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const regex = new RegExp(`^${source}$`, "su");
  return (comm) => regex.test(comm);
}

/** --older-than, for every command that judges. */
export function olderThan() {
  return new Option("--older-than <duration>", "a socket unclosed for this long is a leak").argParser(duration);
}

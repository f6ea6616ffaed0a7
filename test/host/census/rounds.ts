/** What the tests of the census ask of its rounds, and network namespaces of their own. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import type { TestContext } from "node:test";
import { Census } from "../../../src/host/census/census.ts";
import type { CensusPayload } from "../../../src/host/census/payload.ts";
import { localHost } from "../../../src/host/local.ts";

export const clockUs = () => Math.round(performance.now() * 1000);

export function tool(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8" });
}

type Of<T extends CensusPayload["type"]> = Extract<CensusPayload, { type: T }>;

export function of<T extends CensusPayload["type"]>(round: readonly CensusPayload[], type: T): readonly Of<T>[] {
  return round.filter((event): event is Of<T> => event.type === type);
}

export function census(t: TestContext): Census {
  const found = new Census({ host: localHost, clockUs });
  t.after(() => found.close());
  return found;
}

export const socketOf = (round: readonly CensusPayload[], inode: number | null) =>
  of(round, "census").find((socket) => socket.inode === inode);

/** A network namespace of the test's own, by its name; gone afterwards. */
export function namespace(t: TestContext): {
  readonly name: string;
  readonly inode: number;
  readonly enter: readonly string[];
} {
  const name = `sockleak-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  tool("ip", "netns", "add", name);
  t.after(() => tool("ip", "netns", "del", name));
  tool("ip", "-n", name, "link", "set", "lo", "up");
  return { name, inode: statSync(`/run/netns/${name}`).ino, enter: ["nsenter", `--net=/run/netns/${name}`, "--"] };
}

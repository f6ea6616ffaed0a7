/**
 * Every program of the zoo, started before sockleak, in the host's and in another network namespace, over IPv4, IPv6 and
 * v4-mapped: `list --json` names process, kind, count and peers of each, and calls no innocent a leak. Prints the table.
 *
 * All programs of a row of the matrix stand at once, and one `list --watch` looks at them, since a socket that TCP has
 * closed has no age but the time since the first look.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { heading, judge, printLine, startAll } from "../zoo/diagnosis.ts";
import type { Address } from "../zoo/program.ts";
import { programs } from "../zoo/programs.ts";
import { listUntil } from "./list.ts";

const OLDER_THAN_MS = 5_000;
/** After the first look: what has no other age is older than that by then. */
const WATCHED_US = (OLDER_THAN_MS + 1_500) * 1000;
const MATRIX: readonly { readonly address: Address; readonly ownNamespace: boolean }[] = [
  { address: "127.0.0.1", ownNamespace: false },
  { address: "::1", ownNamespace: false },
  { address: "::ffff:127.0.0.1", ownNamespace: false },
  { address: "127.0.0.1", ownNamespace: true },
  { address: "::1", ownNamespace: true },
];

for (const { address, ownNamespace } of MATRIX) {
  const where = `over ${address} in ${ownNamespace ? "another network namespace" : "the host's network namespace"}`;
  test(`the zoo ${where}`, async (t) => {
    const netns = ownNamespace ? makeNamespace() : undefined;
    const missing: string[] = [];
    const stood = await startAll(programs, { address, ...(netns !== undefined && { netns }) }, missing);
    try {
      const document = await listUntil(
        ["--older-than", `${OLDER_THAN_MS}ms`, "--sockets", "100000", "--watch", "2500ms"],
        (first, now) => now.observed.toUs - first.observed.toUs >= WATCHED_US,
      );
      const lines = stood.map((one) => judge(one, document));
      for (const line of [heading, ...lines]) t.diagnostic(printLine(line));
      for (const why of missing) t.diagnostic(`not run: ${why}`);
      assert.deepEqual(
        lines.filter(({ wrong }) => wrong !== "").map(({ name, wrong }) => `${name}: ${wrong}`),
        [],
      );
      assert.ok(stood.length >= 30, `${stood.length} programs ran`);
    } finally {
      await Promise.all(stood.map(({ zoo }) => zoo.stop()));
      if (netns !== undefined) execFileSync("ip", ["netns", "del", netns]);
    }
  });
}

function makeNamespace(): string {
  const netns = `sockleak-${process.pid}`;
  execFileSync("ip", ["netns", "add", netns]);
  execFileSync("nsenter", [`--net=/run/netns/${netns}`, "ip", "link", "set", "lo", "up"]);
  return netns;
}

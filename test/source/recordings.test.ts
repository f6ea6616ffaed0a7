/**
 * What bpftrace printed in each guest of the kernel matrix (test/kernels) while a program opened, shared and closed sockets: decoded,
 * it is what that program did, and the same on every kernel, by every bpftrace and every attachment.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Unnumbered } from "../../src/model/event.ts";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";
import { decodeMessage } from "../../src/wire/message.ts";
import { ATTACHMENTS } from "../kernels/capabilities.ts";
import { judge } from "../kernels/guest-tests/judge.ts";
import type { About } from "../kernels/guest-tests/recording.ts";
import { livesOf } from "../kernels/guest-tests/told.ts";
import { readLines } from "../kernels/kernels.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/bpftrace/kernels");
const GUEST_CPUS = 2;
const recordings = readdirSync(FOLDER).filter((name) => name.endsWith(".ndjson"));
/** recording → what it told of each socket. */
const told = new Map<string, readonly (string | null)[]>();

for (const name of recordings) {
  test(`${name}: decoded, it is what the program did`, async () => {
    const [about, printed] = split(readFileSync(join(FOLDER, name)));
    const { events, refused } = await decode(printed);
    const { lines, complaints } = judge(livesOf(events), about.workload, about);
    assert.equal(refused, 0);
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      events.filter(({ type }) => type === "gap"),
      [],
    );
    told.set(name, lines);
  });
}

test("kernel addresses of 5-level paging, beyond 2^53, are among them", () => {
  const addresses = recordings.flatMap((name) => {
    const printed = readFileSync(join(FOLDER, name), "utf8").split("\n").slice(1).filter(Boolean);
    return printed.flatMap((line) => {
      const message = decodeMessage(JSON.parse(line));
      return message.kind === "raw" && "sk" in message.raw ? [message.raw.sk] : [];
    });
  });
  assert.ok(addresses.some((address) => !Number.isSafeInteger(address)));
});

test("every recording tells the same of the same program", () => {
  const [first = [], ...others] = told.values();
  assert.ok(first.length > 0 && others.length > 0);
  for (const other of others) assert.deepEqual(other, first);
});

test("a line of KERNELS that was recorded was recorded by each of its attachments", () => {
  const kept = new Set(recordings);
  const fileOf = (name: string, attachment: string) => `${name.replace("/", "-")}-${attachment}.ndjson`;
  const recorded = readLines().filter(({ name }) => ATTACHMENTS.some((one) => kept.has(fileOf(name, one))));
  const expected = recorded.flatMap(({ name, expected }) =>
    ATTACHMENTS.filter((one) => expected.includes(one)).map((one) => fileOf(name, one)),
  );
  assert.deepEqual(recordings.toSorted(), expected.toSorted());
});

/** The first line tells what was done. */
function split(bytes: Buffer): readonly [About, Buffer] {
  const end = bytes.indexOf("\n") + 1;
  return [JSON.parse(bytes.toString("utf8", 0, end)) as About, bytes.subarray(end)];
}

async function decode(printed: Buffer): Promise<{ events: readonly Unnumbered[]; refused: number }> {
  const events: Unnumbered[] = [];
  let refused = 0;
  const pipeline = new Pipeline({
    events: (batch) => events.push(...batch),
    wallMs: () => 0,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: GUEST_CPUS,
  });
  const lines = new Lines({
    value: (line) => pipeline.take(line),
    refused: (count) => {
      refused += count;
    },
  });
  await lines.write(printed);
  await lines.end();
  pipeline.flush();
  return { events, refused };
}

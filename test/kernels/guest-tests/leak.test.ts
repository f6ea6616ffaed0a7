/** The product from end to end: a program leaks 23 sockets, `trace --json` and `top --once` name it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { boottimeUs } from "../../../src/host/boottime.ts";
import type { Event } from "../../../src/model/event.ts";
import { Tracker } from "../../../src/model/tracker.ts";
import { doctor, outputOf, Program, sockleak, startSockleak } from "./child.ts";

type Leak = { pid: number; port: number; kept: { peerPort: number; fd: number }[] };

const LEAKED = 23;
const NAME = "leaker";
const none = doctor.uses === null && "no attachment works";

test("trace --json and top --once name the leaker, its fds and how many", { skip: none }, async () => {
  const trace = startSockleak("trace", "--json");
  const events: Event[] = [];
  const lines = createInterface({ input: trace.stdout as NodeJS.ReadableStream });
  const ended = once(lines, "close");
  lines.on("line", (line) => events.push(JSON.parse(line) as Event));
  const until = async (fits: (event: Event) => boolean) => {
    while (!events.some(fits) && trace.exitCode === null) await Promise.race([once(lines, "line"), ended]);
  };
  await until((event) => event.type === "recording" && event.attachment === doctor.uses);

  const top = startSockleak("top", "--once", "--after", "15s", "--older-than", "1s", "--comm", NAME);
  const screen = outputOf(top);
  await once(top.stderr as NodeJS.ReadableStream, "data"); // it watches
  const leaker = new Program<Leak>("python3", "test/live/leaker.py", Buffer.from(NAME).toString("hex"));
  const { pid, port, kept } = await leaker.ready;
  const nowUs = boottimeUs();
  await until((event) => event.type === "tick" && event.atUs > nowUs);
  const { stdout, code } = await screen;
  await leaker.stop();
  trace.kill("SIGTERM");
  await ended;

  assert.deepEqual(ownedSockets(events, { pid, nowUs }), [
    NAME,
    kept.map(({ peerPort, fd }) => ({ port, peerPort, pid, fd })).sort(byPeer),
  ]);
  assert.equal(code, 0);
  // Until a census has looked after a declared loss, the closes may be what was lost.
  const verb = /^LOST/m.test(stdout) ? "(?:leaks|may leak)" : "leaks";
  assert.match(stdout, new RegExp(`${NAME} ${pid} ${verb} ${LEAKED} of \\d+ sockets .*eof-ignored`));
});

test("where no attachment works, trace ends with 3 and says why", { skip: !none && "it can trace" }, async () => {
  const { code, stderr } = await sockleak("trace", "--json");
  assert.equal(code, 3);
  assert.match(stderr, /^cannot trace: .*\n(?:.*\n)*hint: ./);
});

type Owned = { port: number; peerPort: number; pid: number | null; fd: number | null };

/** Name and unclosed sockets of a process, as the events told them by then. */
function ownedSockets(events: readonly Event[], { pid, nowUs }: { pid: number; nowUs: number }) {
  const tracker = new Tracker();
  for (const event of events) if (event.atUs <= nowUs + 1_000_000) tracker.apply(event);
  const process = tracker.snapshot(nowUs).processes.find((one) => one.pid === pid);
  const sockets = process?.unclosed.map(({ local, remote, owner }) => ({
    port: local?.port ?? 0,
    peerPort: remote?.port ?? 0,
    pid: owner?.pid ?? null,
    fd: owner?.fd ?? null,
  }));
  return [process?.comm, sockets?.sort(byPeer)];
}

function byPeer(a: Pick<Owned, "peerPort">, b: Pick<Owned, "peerPort">): number {
  return a.peerPort - b.peerPort;
}

/** Last use, asked for while it runs, as the dashboard's key does: the handler that wrote last is told, by a bpftrace that ends when asked to. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startLive } from "../../src/commands/live.ts";
import type { Event, Unnumbered } from "../../src/model/event.ts";
import { childrenOf, gone, Running } from "./sockleak.ts";

const ZOO = fileURLToPath(new URL("../zoo/paths", import.meta.url));
const NAMED_NODE = ["--perf-basic-prof", "--interpreted-frames-native-stack"];
/** Of 23: what a runtime runs before it has written of it has no name. */
const FORGOTTEN_LEAST = 21;
const BEATS_MOST = 60;

for (const mode of ["lean", "full"] as const) {
  test(`${mode}: started beside the other, told, and ended`, async (t) => {
    const seen = new Seen();
    const live = await startLive({ mode, olderThan: 1_000 }, mode, seen.take);
    const program = new Running<{ pid: number }>([process.execPath, ...NAMED_NODE, join(ZOO, "paths.mjs")]);
    const { pid } = await program.ready;
    t.after(async () => {
      await Promise.all([live.stop(), program.stop()]);
      rmSync(`/tmp/perf-${pid}.map`, { force: true });
    });
    await live.attached;
    const [first] = bpftraces();
    await live.watchUse(pid);
    await seen.until(() => live.lastUse?.why === null);
    const second = bpftraces().find((other) => other !== first);
    await program.ask("go");

    const forgotten = () => seen.lastUsers().filter((name) => name === "handleForgotten").length;
    await seen.until(() => forgotten() >= FORGOTTEN_LEAST);
    const users = seen.lastUsers();
    t.diagnostic(
      `last used by: ${[...new Set(users)].map((n) => `${n} ${users.filter((u) => u === n).length}`).join(", ")}`,
    );
    assert.ok(forgotten() >= FORGOTTEN_LEAST, users.join());

    await live.watchUse(null);
    assert.equal(live.lastUse, null);
    assert.deepEqual(bpftraces(), [first], "the other goes on");
    await gone(second as number);
    assert.deepEqual(seen.gaps(), []);
  });
}

/** Of this process, in the order of their numbers. */
function bpftraces(): readonly number[] {
  return childrenOf(process.pid).filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "bpftrace\n");
}

class Seen {
  readonly #events: (Event | Unnumbered)[] = [];
  #ticked = () => {};

  readonly take = (events: readonly (Event | Unnumbered)[]): void => {
    this.#events.push(...events);
    if (events.some(({ type }) => type === "tick")) this.#ticked();
  };

  /** Asked at each heartbeat. */
  async until(holds: () => boolean): Promise<void> {
    for (let beat = 0; beat < BEATS_MOST && !holds(); beat++)
      await new Promise<void>((resolve) => {
        this.#ticked = resolve;
      });
  }

  /** Of each socket's last use before its peer closed, the program's own function. */
  lastUsers(): readonly string[] {
    const names = new Map<number, string>();
    for (const event of this.#events)
      if (event.type === "symbol")
        names.set(event.site, event.frames.find((frame) => /paths\.mjs$/.test(frame.file ?? ""))?.function ?? "?");
    return this.#events.flatMap((event) =>
      event.type === "path" && event.role === "last-used" ? (names.get(event.site) ?? "not named") : [],
    );
  }

  /** But for runs that the kernel skipped where probes are tracepoints. */
  gaps(): readonly (Event | Unnumbered)[] {
    return this.#events.filter((event) => event.type === "gap" && event.why !== "recursion");
  }
}

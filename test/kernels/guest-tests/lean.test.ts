/** Lean probes: by each attachment that works here, who holds what for how long, that it was let go, and how many others there were. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketEvent, Unnumbered } from "../../../src/model/event.ts";
import { FULL } from "../../../src/source/script.ts";
import { ATTACHMENTS } from "../capabilities.ts";
import { HERE, Program, without } from "./child.ts";
import { Probes } from "./probes.ts";
import { opensOf, type Told } from "./told.ts";

type Kept = {
  readonly how: "CLOSE_WAIT" | "CLOSE";
  readonly fd: number;
  readonly local: number;
  readonly remote: number;
  readonly beforeUs: number;
  readonly afterUs: number;
};
type Held = { readonly pid: number; readonly kept: readonly Kept[] };

const LEAN = { ...FULL, mode: "lean", suspectMs: 1_000 } as const;
const ENDPOINTS = 2 * 97;
/** Heartbeats for what comes a suspect age later, at 800 a second; a guest has seconds in which nothing runs. */
const BEATS_MOST = 30;
const AGE_OFF_US = 100_000;

for (const attachment of ATTACHMENTS) {
  for (const address of ["127.0.0.1", "::1"]) {
    test(`${attachment}: lean probes tell what is held over ${address}`, { skip: without(attachment) }, async (t) => {
      const probes = await Probes.attach(attachment, LEAN);
      t.after(() => probes.stop());
      const program = new Program<Held>("python3", `${HERE}/held.py`, address);
      const { pid, kept } = await program.ready;
      const lives = () => [...probes.lives().values()].filter((life) => opensOf(life).some((open) => open.pid === pid));
      await beatsUntil(probes, () => lives().length >= kept.length);
      const told = lives().map((life) => wordsOf(life, attachment));
      assertFew(probes, wrongOf(told, kept), "told");

      await program.ask("close");
      await beatsUntil(probes, () => lives().every(isEnded));
      await program.stop();
      await probes.upToNow();
      await probes.stop();
      const open = lives().filter((life) => !isEnded(life));
      assertFew(probes, open.map(String), "ended");
      const counted = probes.events.flatMap((event) => (event.type === "tick" ? (event.counted ?? []) : []));
      const sum = (of: "opened" | "closed") => counted.reduce((all, each) => all + each[of], 0);
      t.diagnostic(`${sum("opened")} opened, ${sum("closed")} closed, ${probes.lost} probe runs skipped`);
      const least = ENDPOINTS - probes.missesAllowed(ENDPOINTS);
      assert.ok(sum("opened") >= least, `${sum("opened")} opened`);
      assert.ok(sum("closed") >= least, `${sum("closed")} closed`);
      assert.ok(
        counted.some(({ closers }) => closers.includes(pid)),
        "the program has closed connections, too",
      );
    });
  }
}

async function beatsUntil(probes: Probes, done: () => boolean): Promise<void> {
  for (let beat = 0; beat < BEATS_MOST && !done(); beat++) await probes.upToNow();
}

/** What is missing or too much may be what the kernel has skipped. */
function assertFew(probes: Probes, wrong: readonly string[], what: string): void {
  const few = wrong.length <= probes.missesAllowed(ENDPOINTS);
  assert.ok(few, `${probes.lost} declared lost, not ${what} as it was: ${wrong.join("\n  ")}`);
}

type Words = Pick<Kept, "how" | "local" | "remote"> & { readonly fd: number | null; readonly sinceUs: number };

function wordsOf(life: readonly Told[], attachment: string): Words {
  const moves = life.filter(
    (event): event is Extract<Unnumbered<SocketEvent>, { type: "state" }> => event.type === "state",
  );
  const last = moves.filter(({ to }) => to === "CLOSE_WAIT" || to === "CLOSE").at(-1);
  const fd = attachment === "tracepoint" ? (opensOf(life)[0]?.fd ?? null) : null;
  return {
    how: last?.to === "CLOSE" ? "CLOSE" : "CLOSE_WAIT",
    fd,
    local: last?.local?.port ?? 0,
    remote: last?.remote?.port ?? 0,
    sinceUs: last?.atUs ?? 0,
  };
}

/** Both ways: what was kept and not told so, and what was told and not kept. */
function wrongOf(told: readonly Words[], kept: readonly Kept[]): string[] {
  const place = ({ how, local, remote }: Pick<Words, "how" | "local" | "remote">) => `${how} ${local} ${remote}`;
  const byPlace = new Map(told.map((words) => [place(words), words]));
  const missing = kept.filter((one) => {
    const words = byPlace.get(place(one));
    if (words === undefined) return true;
    const isOther = words.fd !== null && words.fd !== one.fd;
    return isOther || words.sinceUs < one.beforeUs - AGE_OFF_US || words.sinceUs > one.afterUs + AGE_OFF_US;
  });
  const places = new Set(kept.map(place));
  return [...missing.map((one) => `kept: ${place(one)}`), ...told.map(place).filter((one) => !places.has(one))];
}

function isEnded(life: readonly Told[]): boolean {
  return life.some((event) => event.type === "close" && event.how === "destroyed");
}

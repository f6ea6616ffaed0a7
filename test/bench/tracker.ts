/**
 * How many events a second the tracker takes, at 1,000, 10,000 and 100,000 live sockets.
 * Run: npx tsx test/bench/tracker.ts
 *
 * One turn is one connection accepted, closed by the peer, then by us: 8 events; the oldest live one goes, so that
 * the number of live sockets stands still. Events are made beforehand: only `apply` is timed. The figure by CPU time
 * is the one to compare on a machine that does other things as well; the first line warms up.
 */
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Life } from "../model/lives.ts";

const EVENTS = 1_000_000;
/** Few, as from a pipe: thousands of waiting events would be the garbage collector's time, not the tracker's. */
const BATCH_TURNS = 250;

function bench(live: number): void {
  const tracker = new Tracker();
  let made = 0;
  let atUs = 1_000_000;
  const open: Life[] = [];
  const beginOne = (): Event[] => {
    made += 1;
    atUs += 10;
    const life = new Life(`ffff8880${(made * 64).toString(16)}.${atUs}`, {
      pid: 100 + (made % 50),
      atUs,
      serial: made,
    });
    open.push(life);
    return life.accepted();
  };
  for (let i = 0; i < live; i++) for (const event of beginOne()) tracker.apply(event);
  let [events, ns, cpuUs, next] = [0, 0n, 0, 0];
  while (events < EVENTS) {
    const batch: Event[] = [];
    for (let turn = 0; turn < BATCH_TURNS; turn++) {
      batch.push(...beginOne());
      const oldest = open[next];
      next += 1;
      if (oldest !== undefined) batch.push(...oldest.closedAfterPeer(atUs));
    }
    const [start, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
    for (const event of batch) tracker.apply(event);
    ns += process.hrtime.bigint() - start;
    cpuUs += process.cpuUsage(cpu).user;
    events += batch.length;
  }
  const rate = (events * 1e9) / Number(ns);
  const before = process.hrtime.bigint();
  const { books } = tracker.snapshot(atUs);
  const snapshotMs = Number(process.hrtime.bigint() - before) / 1e6;
  const perCpuSecond = Math.round((events * 1e6) / cpuUs);
  const rates = `${Math.round(rate)} events/s, ${perCpuSecond} per CPU second`;
  console.log(`${live} live: ${rates}, snapshot ${snapshotMs.toFixed(2)} ms, ${JSON.stringify(books)}`);
}

for (const live of [1_000, 1_000, 10_000, 100_000]) bench(live);

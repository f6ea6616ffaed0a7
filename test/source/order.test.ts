import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Order, RELEASE_MAX, type Stamped } from "../../src/source/order.ts";

const MS = 1_000_000;
const SECOND = 1_000 * MS;
const PULSE_NS = 200 * MS;

type Said = Stamped & { readonly pulse: boolean };

/** One CPU's buffer: its events with rising times, and a pulse each 200 ms until after the last event of all. */
function buffer(cpu: number, times: readonly number[], untilNs: number): Said[] {
  const pulses = Array.from({ length: Math.ceil(untilNs / PULSE_NS) + 1 }, (_, i) => (i + 1) * PULSE_NS + cpu);
  return [
    ...times.map((ns): Said => ({ cpu, ns, pulse: false })),
    ...pulses.map((ns): Said => ({ cpu, ns, pulse: true })),
  ].sort((a, b) => a.ns - b.ns);
}

const times = fc
  .array(fc.nat(29_000), { maxLength: 60 })
  .map((list) => list.map((ms) => ms * MS).sort((a, b) => a - b));
/** Which buffer is read next, and how far: bpftrace may stay with one as long as it fills. */
const visits = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 300 })), { maxLength: 60 });

function say(order: Order<Stamped>, said: Said): void {
  if (said.pulse) order.pulse(said);
  else order.push(said);
}

function byTime(cpus: readonly (readonly number[])[]): number[] {
  return cpus.flat().sort((a, b) => a - b);
}

test("however the CPUs' buffers are read, events come out in the kernel's order, none late, and without the end", () => {
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 4 }), visits, (cpus, order) => {
      const untilNs = Math.max(0, ...cpus.flat());
      const buffers = cpus.map((list, cpu) => buffer(cpu, list, untilNs));
      const sut = new Order<Stamped>(cpus.length);
      const out: Stamped[] = [];
      const read = (said: readonly Said[]) => {
        for (const one of said) say(sut, one);
        out.push(...sut.release());
      };
      for (const [cpu, count] of order) read(buffers[cpu % buffers.length]?.splice(0, count) ?? []);
      for (const rest of buffers) read(rest);
      // The pulses after the last event are enough: nothing waits for the end of bpftrace.
      assert.equal(sut.pending, 0);
      assert.deepEqual(
        out.map(({ ns }) => ns),
        byTime(cpus),
      );
      assert.equal(sut.takeLate(), 0);
    }),
  );
});

test("an interrupt may overtake what it interrupted, a pulse too", () => {
  const order = new Order<Stamped>(1);
  order.push({ cpu: 0, ns: 102 * MS });
  order.pulse({ cpu: 0, ns: 108 * MS });
  assert.deepEqual(order.release(), []);
  order.push({ cpu: 0, ns: 100 * MS });
  order.pulse({ cpu: 0, ns: 308 * MS });
  assert.deepEqual(
    order.release().map(({ ns }) => ns / MS),
    [100, 102],
  );
  assert.equal(order.takeLate(), 0);
});

test("before each CPU has said its first word nothing goes, and a CPU that never says one is not waited for long", () => {
  const order = new Order<Stamped>(2);
  order.push({ cpu: 0, ns: SECOND });
  order.pulse({ cpu: 0, ns: 3 * SECOND });
  assert.equal(order.release().length, 0);
  order.pulse({ cpu: 0, ns: 32 * SECOND });
  assert.equal(order.release().length, 1);
});

/** CPU 0 speaks each 100 ms, CPU 1 has fallen silent: what has come out by then, in seconds. */
function releasedAfterSilence(order: Order<Stamped>, speak: (at: Stamped) => void): number[] {
  const heldForNs: number[] = [];
  for (let ns = SECOND; heldForNs.length === 0; ns += 100 * MS) {
    speak({ cpu: 0, ns });
    if (order.release().some(({ cpu }) => cpu === 0)) heldForNs.push(Math.round(ns / SECOND));
  }
  return heldForNs;
}

test("a CPU that pulsed and went silent is given up after thirty seconds; without pulses, after one", () => {
  const pulsing = new Order<Stamped>(2);
  pulsing.pulse({ cpu: 0, ns: SECOND });
  pulsing.pulse({ cpu: 1, ns: SECOND });
  pulsing.push({ cpu: 0, ns: SECOND + 1 });
  assert.deepEqual(
    releasedAfterSilence(pulsing, (at) => pulsing.pulse(at)),
    [31],
  );
  const silent = new Order<Stamped>(2);
  silent.push({ cpu: 1, ns: SECOND });
  assert.deepEqual(
    releasedAfterSilence(silent, (at) => silent.push(at)),
    [2],
  );
});

test("what a CPU tells after it was given up comes out and is counted late, once", () => {
  const order = new Order<Stamped>(2);
  for (const cpu of [0, 1]) order.pulse({ cpu, ns: SECOND });
  order.push({ cpu: 0, ns: 5 * SECOND });
  order.pulse({ cpu: 0, ns: 32 * SECOND });
  assert.equal(order.release().length, 1);
  order.push({ cpu: 1, ns: 4 * SECOND });
  assert.equal(order.takeLate(), 1);
  assert.equal(order.takeLate(), 0);
  order.pulse({ cpu: 1, ns: 32 * SECOND });
  assert.deepEqual(
    order.release().map(({ cpu }) => cpu),
    [1],
  );
});

test("a CPU that never falls silent for that long is waited for, whatever comes from the others, up to a bound", () => {
  const order = new Order<Stamped>(2);
  for (const cpu of [0, 1]) order.pulse({ cpu, ns: 0 });
  let released = 0;
  let pushed = 0;
  while (released === 0) {
    order.push({ cpu: 0, ns: 1 + pushed++ });
    released = order.release().length;
  }
  assert.equal(pushed, 400_001);
  assert.equal(released, RELEASE_MAX);
  assert.equal(order.pending, pushed - released);
});

test("what has waited for long goes in pieces, in order, so that others get a turn between", () => {
  const order = new Order<Stamped>(2);
  const count = 2 * RELEASE_MAX + 7;
  for (let i = 0; i < count; i++) order.push({ cpu: i % 2, ns: SECOND + i });
  for (const cpu of [0, 1]) order.pulse({ cpu, ns: 2 * SECOND });
  const pieces = [order.release(), order.release(), order.release()];
  assert.deepEqual(
    pieces.map(({ length }) => length),
    [RELEASE_MAX, RELEASE_MAX, 7],
  );
  assert.deepEqual(
    pieces.flat().map(({ ns }) => ns - SECOND),
    Array.from({ length: count }, (_, i) => i),
  );
  assert.equal(order.takeLate(), 0);
});

test("after the end of one bpftrace the next one's first words are waited for anew", () => {
  const order = new Order<Stamped>(2);
  for (const cpu of [0, 1]) order.pulse({ cpu, ns: SECOND });
  order.push({ cpu: 0, ns: 2 * SECOND });
  assert.equal(order.flush().length, 1);
  order.push({ cpu: 0, ns: 5 * SECOND });
  order.pulse({ cpu: 0, ns: 6 * SECOND });
  assert.equal(order.release().length, 0);
  order.pulse({ cpu: 1, ns: 6 * SECOND });
  assert.equal(order.release().length, 1);
  assert.equal(order.takeLate(), 0);
});

test("a CPU whose first lines are read far behind the others', and before its first pulse, is waited for", () => {
  const order = new Order<Stamped>(2);
  order.pulse({ cpu: 0, ns: 20 * SECOND });
  order.push({ cpu: 1, ns: SECOND });
  assert.equal(order.release().length, 0);
  order.push({ cpu: 1, ns: SECOND + 1 });
  order.pulse({ cpu: 1, ns: 20 * SECOND });
  assert.equal(order.release().length, 2);
  assert.equal(order.takeLate(), 0);
});

/** CPU 0 speaks each 200 ms, read at once; CPU 1 is silent. */
test("while bpftrace makes pauses a silent CPU is an idle one, and is not waited for", () => {
  const order = new Order<Stamped>(2);
  order.push({ cpu: 0, ns: SECOND });
  const released: number[] = [];
  for (let ns = SECOND; ns < 3 * SECOND; ns += 200 * MS) {
    order.pulse({ cpu: 0, ns });
    if (order.release(ns + MS).length > 0) released.push(ns / MS);
  }
  assert.deepEqual(released, [1_400]);
  assert.equal(order.takeLate(), 0);
});

test("while bpftrace stays with one buffer, in pieces or with pauses of its own, the other CPU is waited for", () => {
  for (const behindNs of [0, 50 * MS, 700 * MS]) {
    const order = new Order<Stamped>(2);
    for (const cpu of [0, 1]) order.pulse({ cpu, ns: SECOND });
    // Each 10 ms something happens on CPU 0; it is read late, 40 lines at a time, and CPU 1's word of then not at all.
    for (let ns = SECOND; ns < 9 * SECOND; ns += 10 * MS) {
      order.push({ cpu: 0, ns });
      if ((ns / MS) % 400 === 0) assert.equal(order.release(ns + behindNs).filter(({ ns }) => ns > SECOND).length, 0);
    }
    for (let ns = SECOND; ns < 9 * SECOND; ns += 500 * MS) order.push({ cpu: 1, ns });
    assert.equal(order.takeLate(), 0);
  }
});

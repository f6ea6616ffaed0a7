import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Order, type Stamped } from "../../src/source/order.ts";

const MS = 1_000_000;

/** Up to 4 CPUs, each with its own rising times; read in rounds, a run of one CPU after a run of another. */
const rounds = fc.array(fc.array(fc.nat(30), { maxLength: 40 }), { minLength: 1, maxLength: 4 }).map((cpus) =>
  cpus.map((steps, cpu) => {
    let ns = 0;
    return steps.map((step): Stamped => {
      ns += step * MS;
      return { cpu, ns };
    });
  }),
);

test("whatever way the CPUs' buffers are read, events come out in the kernel's order, and all of them", () => {
  fc.assert(
    fc.property(rounds, fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 }))), (cpus, visits) => {
      const order = new Order<Stamped>();
      const waiting = cpus.map((events) => [...events]);
      const out: Stamped[] = [];
      // Every CPU is heard of first: one that never was is not waited for.
      for (const events of waiting) for (const event of events.splice(0, 1)) order.push(event);
      for (const [cpu, count] of visits) {
        for (const event of waiting[cpu % waiting.length]?.splice(0, count) ?? []) order.push(event);
        // More backlog than the test's whole time: no CPU is taken for silent.
        out.push(...order.release(1e12));
      }
      for (const event of waiting.flat()) order.push(event);
      out.push(...order.flush());
      const expected = cpus
        .flat()
        .map(({ ns }) => ns)
        .sort((a, b) => a - b);
      assert.deepEqual(
        out.map(({ ns }) => ns),
        expected,
      );
      assert.equal(order.takeLate(), 0);
      assert.equal(order.pending, 0);
    }),
  );
});

test("a CPU that has been silent for a second is not waited for", () => {
  const order = new Order<Stamped>();
  order.push({ cpu: 0, ns: 0 });
  order.push({ cpu: 1, ns: 500 * MS });
  assert.deepEqual(
    order.release().map(({ cpu }) => cpu),
    [],
  );
  order.push({ cpu: 1, ns: 1_600 * MS });
  assert.deepEqual(
    order.release().map(({ cpu }) => cpu),
    [0, 1],
  );
});

test("under a backlog it is waited for longer", () => {
  const order = new Order<Stamped>();
  order.push({ cpu: 0, ns: 0 });
  order.push({ cpu: 1, ns: 3_000 * MS });
  assert.equal(order.release(1_000 * MS).length, 0);
  assert.equal(order.release(500 * MS).length, 1);
});

test("an event that comes after its place has gone is counted, once, and still comes out", () => {
  const order = new Order<Stamped>();
  order.push({ cpu: 0, ns: 10 * MS });
  order.flush();
  order.push({ cpu: 1, ns: 9 * MS });
  assert.equal(order.takeLate(), 1);
  assert.equal(order.takeLate(), 0);
  assert.equal(order.flush().length, 1);
});

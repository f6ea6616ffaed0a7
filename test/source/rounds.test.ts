import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import type { RoundEvent } from "../../src/model/census.ts";
import { type Pace, Rounds } from "../../src/source/rounds.ts";
import type { Sighting } from "../../src/source/weave.ts";

type Told = Sighting & { type: "round" };

/** A looker whose rounds cost this much, and what was told of them. */
class Bench {
  readonly looks: RoundEvent["scope"][] = [];
  readonly rounds: Rounds;
  closed = false;
  busy = 0;
  /** In the middle of a look. */
  meanwhile = () => {};
  readonly #told = new EventEmitter();

  constructor(costMs: number, pace: Pace) {
    const round = async (scope: RoundEvent["scope"]): Promise<readonly Sighting[]> => {
      assert.equal(this.busy++, 0, "one round at a time");
      await new Promise(setImmediate);
      this.meanwhile();
      this.busy--;
      this.looks.push(scope);
      const seen = {
        atUs: 0,
        round: this.looks.length,
        fromUs: 0,
        toUs: 0,
        netns: [],
        sockets: 0,
        byState: {},
        why: [],
      };
      return [{ type: "round", ...seen, scope, costMs, nextMs: null }];
    };
    const close = async () => {
      this.closed = true;
    };
    this.rounds = new Rounds({ round, close }, (seen) => this.#told.emit("round", seen.at(-1)), pace);
  }

  async next(): Promise<Told> {
    const [round] = await once(this.#told, "round");
    return round as Told;
  }
}

const NEVER = 3_600_000;

test("the first round looks at everything, and does not make the next one wait", async () => {
  const bench = new Bench(500, { cheapMs: NEVER, fullMs: NEVER });
  const [told] = await Promise.all([bench.next(), bench.rounds.now()]);
  assert.deepEqual([told.scope, told.nextMs], ["full", NEVER]);
  await bench.rounds.stop();
  assert.ok(bench.closed);
});

test("a later round makes the next one wait until its look has cost a hundredth of a core, and what it told half of that; it says so", async () => {
  const bench = new Bench(500, { cheapMs: 1, fullMs: NEVER });
  await bench.rounds.now();
  const told = await bench.next();
  assert.deepEqual([told.scope, told.nextMs], ["close-wait", 50_006]);
  await bench.rounds.stop();
});

for (const scope of ["full", "close-wait"] as const) {
  test(`a ${scope} look that is asked for comes soon, though the last one is not paid for; the next waits for both`, async () => {
    const bench = new Bench(500, { cheapMs: 1, fullMs: NEVER });
    await bench.rounds.now();
    await bench.next(); // paid for in 50 s
    bench.rounds.ask(scope);
    const told = await bench.next();
    assert.equal(told.scope, scope);
    assert.ok((told.nextMs ?? 0) > 98_000, `${told.nextMs}`);
    await bench.rounds.stop();
  });
}

test("whoever asks all the time waits in the end", async () => {
  const bench = new Bench(1_200, { cheapMs: 1, fullMs: NEVER });
  await bench.rounds.now();
  await bench.next(); // paid for in 120 s
  bench.meanwhile = () => bench.rounds.ask("full");
  bench.rounds.ask("full");
  const told = await bench.next(); // in 240, of which 120 are lent
  assert.ok((told.nextMs ?? 0) > 118_000 && (told.nextMs ?? 0) < 120_100, `${told.nextMs}`);
  await bench.rounds.stop();
});

test("everything is looked at again when it is time, or when asked", async () => {
  const often = new Bench(0, { cheapMs: 1, fullMs: 0 });
  await often.rounds.now();
  assert.equal((await often.next()).scope, "full");
  await often.rounds.stop();

  const asked = new Bench(0, { cheapMs: NEVER, fullMs: NEVER });
  await asked.rounds.now();
  asked.rounds.ask("full");
  assert.equal((await asked.next()).scope, "full");
  await asked.rounds.stop();
});

test("a round asked for now waits for the one under way, and there are never two", async () => {
  const bench = new Bench(0, { cheapMs: NEVER, fullMs: NEVER });
  await Promise.all([bench.rounds.now(), bench.rounds.now(), bench.rounds.now()]);
  assert.deepEqual(bench.looks, ["full", "full", "full"]);
  await bench.rounds.stop();
});

test("after the stop nothing is looked at, and what was under way is not told", async () => {
  const bench = new Bench(0, { cheapMs: 1, fullMs: NEVER });
  const looking = bench.rounds.now();
  await bench.rounds.stop();
  await looking;
  await bench.rounds.now();
  assert.equal(bench.looks.length, 1);
});

/** A file is left at once, a pipe has its last words, and what was read is not kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CommandError } from "../../src/commands/io.ts";
import { untilStopped } from "../../src/commands/until-stopped.ts";

const stopped = Promise.resolve();
const never = new Promise<void>(() => {});

async function* saying(words: readonly string[], then: Promise<void> = Promise.resolve()): AsyncGenerator<string> {
  yield* words;
  await then;
}

async function heard(words: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const word of words) all.push(word);
  return all;
}

test("what nobody stops is read to its end", async () => {
  for (const isPipe of [true, false])
    assert.deepEqual(await heard(untilStopped(saying(["a", "b"]), { stopped: never, isPipe })), ["a", "b"]);
});

test("a file that is stopped is an error, which is no report", async () => {
  await assert.rejects(
    heard(untilStopped(saying(["a"], never), { stopped, isPipe: false })),
    (error) => error instanceof CommandError && error.code === 4,
  );
});

test("a pipe's writer has the last word", async () => {
  const asked = new Promise<void>((resolve) => setImmediate(resolve));
  async function* recorder() {
    yield "event";
    await asked;
    yield "end";
  }
  assert.deepEqual(await heard(untilStopped(recorder(), { stopped, isPipe: true })), ["event", "end"]);
});

// Nothing else keeps this process alive while it waits, as the pipe does outside.
test("a pipe whose writer does not end is given up after a while, with what has come", async () => {
  const alive = setInterval(() => {}, 1_000);
  const words = untilStopped(saying(["a"], never), { stopped, isPipe: true, lastWordsMs: 1 });
  assert.deepEqual(await heard(words), ["a"]);
  clearInterval(alive);
});

test("what was read is not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const read: WeakRef<object>[] = [];
  async function* batches() {
    for (let number = 0; number < 10; number++) {
      const batch = { number };
      read.push(new WeakRef(batch));
      yield batch;
    }
  }
  const words = untilStopped(batches(), { stopped: never, isPipe: false });
  for (let turn = 0; turn < 10; turn++) await words.next();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  // The last one is what the generator stands at.
  assert.ok(read.slice(0, -1).every((batch) => batch.deref() === undefined));
});

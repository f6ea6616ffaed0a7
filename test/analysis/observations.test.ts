import assert from "node:assert/strict";
import { test } from "node:test";
import { observationsOf } from "../../src/analysis/observations.ts";
import { AT_US, listener, process, SECOND_US, snapshot, standing } from "./sockets.ts";

const sample = (secondsAgo: number, used: number) =>
  ({ type: "limits", pid: 4121, seq: 1, atUs: AT_US - secondsAgo * SECOND_US, fds: { used, limit: 1024 } }) as const;
const rising = (established: number, over = {}) => {
  const limits = { first: sample(60, 100), last: sample(0, 123) };
  return observationsOf(snapshot({ processes: [process({ limits, byState: { ESTABLISHED: established }, ...over })] }));
};

test("fds that rise beside ESTABLISHED sockets are said, and said to be no leak", () => {
  assert.deepEqual(rising(40), [
    "python3 4121: 23 more fds in 60 s beside 40 ESTABLISHED sockets, which are no leak of these kinds",
  ]);
});

test("fds that unclosed sockets explain, that other files explain, or that did not rise for long, are not", () => {
  assert.deepEqual(rising(40, { unclosed: Array.from({ length: 23 }, () => standing()) }), []);
  assert.deepEqual(rising(22), []);
  assert.deepEqual(rising(40, { limits: { first: sample(29, 100), last: sample(0, 123) } }), []);
  assert.deepEqual(rising(40, { limits: null }), []);
});

test("a full accept queue is said; one at its bound is not full yet", () => {
  const said = (queue: number) =>
    observationsOf(snapshot({ processes: [process()], listening: [listener({ queue, backlog: 128 })] }));
  assert.deepEqual(said(129), [
    "python3 4121: the accept queue of port 8080 is full, 129 wait and new connections are dropped",
  ]);
  assert.deepEqual(said(128), []);
});

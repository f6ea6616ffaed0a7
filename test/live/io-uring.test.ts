/** A socket shut down through io_uring is still held: whatever is attached, it is no close. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSocketEvent } from "../../src/model/event.ts";
import { Program, Trace } from "./sockleak.ts";

test("a shutdown through io_uring is told as a shutdown by its process, and not as a close", async () => {
  const trace = await Trace.start();
  const program = new Program<{ pid: number; port: number }>("uring_shutdown.py");
  const { pid, port } = await program.ready;
  const half = await trace.until(
    (event) => event.type === "state" && event.to === "FIN_WAIT2" && event.local?.port === port,
  );
  await program.stop();
  await trace.stop();
  assert.ok(isSocketEvent(half));
  const before = trace.events.filter(
    (event) => isSocketEvent(event) && event.sock === half.sock && event.seq <= half.seq,
  );
  const told = before.flatMap((event) => (event.type === "shutdown" || event.type === "close" ? [event] : []));
  assert.deepEqual(
    told.map((event) => [event.type, event.how, event.pid]),
    [["shutdown", "write", pid]],
  );
});

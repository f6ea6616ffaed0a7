/** What every Node program of the zoo needs. Usage of each: PROGRAM.mjs [ADDRESS [COUNT]] (addresses: see python/zoo.py). */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export const address = process.argv[2] ?? "127.0.0.1";
export const count = Number(process.argv[3] ?? 23);
export const states = { ESTABLISHED: 1, FIN_WAIT2: 5, CLOSE_WAIT: 8 };

/** Listens; resolves to the port. */
export async function listen(server) {
  server.listen(0, address.startsWith("::ffff:") ? "::" : address, 512);
  await once(server, "listening");
  return server.address().port;
}

export async function peer(port, options = {}) {
  const socket = net.connect({ port, host: address.replace("::ffff:", ""), ...options });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** The receive queues of the sockets with that local port in that state. */
export function queues(port, state) {
  const lines = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1, -1));
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , st]) => Number.parseInt(local.split(":")[1], 16) === port && Number.parseInt(st, 16) === state)
    .map(([, , , , queue]) => Number.parseInt(queue.split(":")[1], 16));
}

export async function until(condition, what) {
  for (const end = performance.now() + 25_000; !condition(); await sleep(20))
    if (performance.now() > end) throw new Error(`state not reached in 25 s: ${what}`);
}

export function ready(port, more = {}) {
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, port, held: count, ...more })}\n`);
}

/** Until whoever started us ends our standard input, or dies. */
export function hold() {
  process.stdin.on("end", () => process.exit(0)).resume();
}

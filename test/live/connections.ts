/**
 * A program that opens and properly closes connections to itself, as its own process: `connections.ts COUNT FAMILY AT_ONCE`.
 * Every client closes first; the server reads EOF and closes. Prints one JSON line when all are closed: the pid and each
 * connection's client port. Stays until standard input ends, so that the test can look at it while it lives.
 */
import { once } from "node:events";
import net from "node:net";

const count = Number(process.argv[2]);
const host = process.argv[3] === "6" ? "::1" : "127.0.0.1";
const atOnce = Number(process.argv[4] ?? 64);

const server = net.createServer((socket) => socket.resume());
server.listen(0, host, 4096);
await once(server, "listening");
const { port } = server.address() as net.AddressInfo;
const clientPorts: number[] = [];
let next = 0;

async function worker(): Promise<void> {
  while (next < count) {
    next++;
    const socket = net.connect({ port, host });
    await once(socket, "connect");
    clientPorts.push(socket.localPort ?? 0);
    socket.resume();
    socket.end();
    await once(socket, "close");
  }
}

await Promise.all(Array.from({ length: atOnce }, worker));
const closed = once(server, "close");
server.close();
await closed;
process.stdout.write(`${JSON.stringify({ pid: process.pid, port, clientPorts })}\n`);
process.stdin.resume();
await once(process.stdin, "end");

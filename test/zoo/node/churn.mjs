/** Innocent: 200 connections a second, each closed properly by both. */
import net from "node:net";
import * as zoo from "./zoo.mjs";

let closed = 0;
const server = net.createServer((socket) => socket.resume().on("close", () => closed++));
const port = await zoo.listen(server);
const one = async () => (await zoo.peer(port)).resume().end("x");
setInterval(() => {
  for (let i = 0; i < 10; i++) void one();
}, 50);
await zoo.until(() => closed >= 200, "200 connections closed");
zoo.ready(port, { held: 0, perSecond: 200 });
zoo.hold();

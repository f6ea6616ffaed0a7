/**
 * Innocent: each client ends its half after the request and reads on; the server sends its answer for 20 s
 * (third argument: seconds), then closes. CLOSE_WAIT all the while, with EOF read and data on its way.
 */
import net from "node:net";
import * as zoo from "./zoo.mjs";

const seconds = Number(process.argv[4] ?? 20);
let ends = 0;
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const answer = setInterval(() => socket.write("line\n"), 100);
  setTimeout(() => {
    clearInterval(answer);
    socket.end();
  }, seconds * 1000);
  socket.resume().on("end", () => ends++);
});
const port = await zoo.listen(server);
for (let i = 0; i < zoo.count; i++) (await zoo.peer(port, { allowHalfOpen: true })).resume().end("request");
const waiting = () => zoo.queues(port, zoo.states.CLOSE_WAIT).length;
await zoo.until(() => ends === zoo.count && waiting() === zoo.count, "half-closed by the clients");
zoo.ready(port, { seconds });
zoo.hold();

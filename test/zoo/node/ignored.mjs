/** Wrong on purpose: allowHalfOpen, and the `end` handler does not call end(): EOF is read, the socket stays. */
import net from "node:net";
import * as zoo from "./zoo.mjs";

let ends = 0;
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.resume();
  socket.on("end", () => ends++); // missing here: socket.end()
});
const port = await zoo.listen(server);
for (let i = 0; i < zoo.count; i++) (await zoo.peer(port)).destroy();
const consumed = () => zoo.queues(port, zoo.states.CLOSE_WAIT).filter((queue) => queue === 0).length;
await zoo.until(() => ends === zoo.count && consumed() === zoo.count, "CLOSE_WAIT, EOF read");
zoo.ready(port);
zoo.hold();

/** Wrong on purpose: connections are accepted paused, for a handler that never resumes them (in no epoll; EOF unread). */
import net from "node:net";
import * as zoo from "./zoo.mjs";

const forgotten = [];
const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => forgotten.push(socket));
const port = await zoo.listen(server);
for (let i = 0; i < zoo.count; i++) (await zoo.peer(port)).destroy();
const unread = () => zoo.queues(port, zoo.states.CLOSE_WAIT).filter((queue) => queue === 1).length;
await zoo.until(() => unread() === zoo.count && forgotten.length === zoo.count, "CLOSE_WAIT, EOF unread");
zoo.ready(port);
zoo.hold();

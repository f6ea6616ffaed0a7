// A clean suite: Node's HTTP server and a keep-alive agent, ended gracefully, or ("abrupt") with the connections open, or ("exit") by process.exit.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { text } from "node:stream/consumers";

const how = process.argv[2] ?? "graceful";
const server = createServer((_request, response) => response.end("hello"));
server.keepAliveTimeout = 1_000;
await once(server.listen(0, "127.0.0.1"), "listening");
const { port } = server.address();
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

async function get() {
  const [response] = await once(request({ port, host: "127.0.0.1", agent }).end(), "response");
  assert.equal(await text(response), "hello");
}

for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 8 }, get));
// The server closes what is idle, and the agent what the server has closed.
await new Promise((resolve) => setTimeout(resolve, 1_500));
await get();
console.log("161 requests");
if (how === "exit") process.exit(0);
if (how === "abrupt") server.closeAllConnections();
else agent.destroy();
server.close();

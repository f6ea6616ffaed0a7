// A connection-heavy suite, as tests are: an HTTP server and requests over a connection each, eight at a time, for SECONDS.
// Prints one JSON line: connections a second. `node suite.mjs SECONDS`
import { once } from "node:events";
import { createServer, request } from "node:http";

const endMs = performance.now() + Number(process.argv[2]) * 1_000;
const server = createServer((_request, response) => response.end("hello"));
await once(server.listen(0, "127.0.0.1"), "listening");
const { port } = server.address();
let connections = 0;

async function get() {
  const [response] = await once(request({ port, host: "127.0.0.1", agent: false }).end(), "response");
  await once(response.resume(), "close");
  connections++;
}

const startMs = performance.now();
await Promise.all(
  Array.from({ length: 8 }, async () => {
    while (performance.now() < endMs) await get();
  }),
);
const seconds = (performance.now() - startMs) / 1_000;
server.close();
console.log(JSON.stringify({ rate: connections / seconds }));

// A server of which one handler forgets its sockets (23) and another ends them (17). libuv accepts and reads: only who wrote last tells.
import { connect, createServer } from "node:net";

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.once("data", (data) => (String(data) === "f" ? handleForgotten(socket) : handleAnswered(socket)));
});

function handleAnswered(socket) {
  socket.on("end", () => socket.end());
  socket.write("answered");
}

function handleForgotten(socket) {
  socket.write("forgotten");
}

// Told to go on when it is watched.
server.listen(0, "127.0.0.1", () => {
  say({ waits: true });
  process.stdin.once("data", play);
});

async function play() {
  for (let turn = 0; turn < 23; turn++) {
    if (turn < 17) await ask("a");
    await ask("f");
  }
  say({ ready: true });
}

function say(what) {
  console.log(JSON.stringify({ ...what, pid: process.pid, port: server.address().port, held: 23 }));
}

function ask(what) {
  return new Promise((done) => {
    const client = connect(server.address().port, "127.0.0.1", () => client.write(what));
    client.once("data", () => client.end(done));
  });
}

process.stdin.on("end", () => process.exit());

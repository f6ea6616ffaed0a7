/** Filters in the kernel: what was not asked for is not even printed, and what was is told as without a filter. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import type { ProbeFilter } from "../../src/source/probe-filter.ts";
import { FULL, scriptFor } from "../../src/source/script.ts";
import { Session } from "../../src/source/session.ts";
import { decodeMessage } from "../../src/wire/message.ts";
import type { Raw } from "../../src/wire/raw.ts";
import { Scanner } from "../../src/wire/scan.ts";

const CONNECTIONS = 7;

/** Tracepoints work wherever these tests run. */
class Lines {
  readonly raws: Raw[] = [];
  readonly session: Session;
  readonly #scanner = new Scanner();
  #beat = () => {};

  private constructor(session: (line: (line: unknown) => void) => Session) {
    this.session = session((line) => {
      const message = decodeMessage(line);
      const raw = message.kind === "tuple" ? this.#scanner.decode(message) : message.kind === "raw" && message.raw;
      if (!raw) return;
      this.raws.push(raw);
      if (raw.tag === "beat") this.#beat();
    });
  }

  static async of(filter: ProbeFilter): Promise<Lines> {
    const script = await scriptFor("tracepoint", { ...FULL, filter });
    const nothing = () => {};
    const lines = new Lines(
      (line) => new Session({ script, attached: nothing, line, refused: nothing, chunk: nothing, missed: nothing }),
    );
    assert.ok(await lines.session.attached, "attached");
    return lines;
  }

  /** Two, since lines of another CPU may come after the first. */
  async beats(): Promise<void> {
    for (let beat = 0; beat < 2; beat++) await new Promise<void>((resolve) => (this.#beat = resolve));
  }

  async stop(): Promise<void> {
    await this.session.stop();
  }
}

async function serve(): Promise<{
  readonly port: number;
  readonly use: () => Promise<void>;
  readonly close: () => void;
}> {
  const server = createServer((socket) => socket.on("end", () => socket.end()).resume());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const use = async () => {
    for (let n = 0; n < CONNECTIONS; n++) {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      await once(socket.end().resume(), "close");
    }
  };
  return { port, use, close: () => server.close() };
}

/** The lines of connections with the first of two servers, and with the second, under a filter made from the first's port. */
async function told(filterOf: (port: number) => ProbeFilter) {
  const [asked, other] = [await serve(), await serve()];
  const lines = await Lines.of(filterOf(asked.port));
  await Promise.all([asked.use(), other.use()]);
  await lines.beats();
  await lines.stop();
  for (const { close } of [asked, other]) close();
  const states = lines.raws.filter((raw) => raw.tag === "state");
  const at = (port: number) => states.filter(({ lport, rport }) => lport === port || rport === port);
  return {
    asked: at(asked.port),
    other: at(other.port),
    all: lines.raws.filter(({ tag }) => tag !== "beat" && tag !== "pulse"),
  };
}

const here = statSync("/proc/self/ns/net").ino;
/** Of each connection, both ends: what may be skipped for recursion is less than half. */
const LEAST = CONNECTIONS * 5;

test("without a filter both servers are told of", async () => {
  const { asked, other } = await told(() => ({}));
  assert.ok(asked.length >= LEAST && other.length >= LEAST, `${asked.length}, ${other.length}`);
});

const FILTERS: readonly [string, (port: number) => ProbeFilter][] = [
  ["--port", (port) => ({ port })],
  ["--netns and --port", (port) => ({ netns: here, port })],
];
for (const [name, filterOf] of FILTERS) {
  test(`${name}: the other server's connections are printed until their port is known, no further`, async () => {
    const { asked, other } = await told(filterOf);
    assert.ok(asked.length >= LEAST, `${asked.length} asked for`);
    // CLOSE → SYN_SENT has no port of its own yet, a listener's child no peer.
    const known = other.filter(({ lport, rport }) => lport !== 0 && rport !== 0);
    assert.deepEqual(known, []);
  });
}

for (const [name, filter] of [
  ["another network namespace", { netns: here + 1 }],
  ["another process", { pid: 1 }],
] as const) {
  test(`of ${name} nothing is printed`, async () => {
    const { all } = await told(() => filter);
    assert.deepEqual(all, []);
  });
}

test("of the process asked for everything is printed from its accept and connect on", async () => {
  const { asked, all } = await told(() => ({ pid: process.pid }));
  assert.ok(asked.length >= LEAST, `${asked.length}`);
  const opens = all.filter(({ tag }) => tag === "accept" || tag === "connect");
  assert.ok(opens.length >= 2 * CONNECTIONS, `${opens.length} opens`);
  assert.ok(!all.some((raw) => raw.tag === "state" && raw.from === "LISTEN"), "whose child it is, nobody knows yet");
});

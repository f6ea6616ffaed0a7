/**
 * Lines as bpftrace prints them of connections with both ends on this machine, 17 a connection, while so many sockets live:
 * each turn opens a connection and closes the one that has been open longest.
 */

/** Between two lines: the 5,000 connections a second at which the bench takes CPU by, too. */
const STEP_NS = Math.round(1e9 / (17 * 5_000));
const PULSE_NS = 200_000_000;
const BEAT_PULSES = 5;
const START_NS = 4_258_967_575_487;
const KERNEL_HEAP = -131_384_644_803_136;
const SOCK_BYTES = 2_368;
const NETNS = 4_026_531_833;
const LOOPBACK = "::ffff:127.0.0.1";
const PROCESSES = 50;

/** One connection: the kernel's addresses of its ends, and what else its lines tell. */
type Pair = {
  readonly cpu: number;
  readonly client: number;
  readonly server: number;
  readonly port: number;
  readonly inode: number;
  readonly pid: number;
};

export class Kernel {
  readonly #open: Pair[] = [];
  #oldest = 0;
  readonly #free: number[] = [];
  #addresses = 0;
  #lines: string[] = [];
  #ns = START_NS;
  #pulses = 0;

  /** What has been printed since last asked. */
  take(): { readonly bytes: Buffer; readonly lines: number } {
    const lines = this.#lines;
    this.#lines = [];
    return { bytes: Buffer.from(lines.join("")), lines: lines.length };
  }

  open(): void {
    const serial = this.#open.length;
    const pair: Pair = {
      cpu: serial % 2,
      client: this.#address(),
      server: this.#address(),
      port: 1_024 + (serial % 60_000),
      inode: 600_000 + serial * 2,
      pid: 2_000 + (serial % PROCESSES),
    };
    this.#open.push(pair);
    const { client, server, inode, pid } = pair;
    this.#clientMoves({ ...pair, port: 0 }, [7, 2], inode);
    this.#say("connect", pair, client, 4, inode, pid, pid, "churn");
    this.#serverMoves(pair, [10, 3], 0);
    this.#serverMoves(pair, [3, 1], 0);
    this.#clientMoves(pair, [2, 1], inode);
    this.#say("accept", pair, server, 5, inode + 1, pid + PROCESSES, pid + PROCESSES, 3, "churn");
  }

  /** Closes the connection that has been open longest. */
  close(): void {
    const pair = this.#open[this.#oldest++];
    if (pair === undefined) return;
    const { client, server, inode, pid } = pair;
    const other = pid + PROCESSES;
    this.#say("close", pair, client, 1, pid, pid, 0, "churn");
    this.#clientMoves(pair, [1, 4], inode);
    this.#serverMoves(pair, [1, 8], inode + 1);
    this.#clientMoves(pair, [4, 5], 0);
    this.#say("read", pair, server, other, other, "churn");
    this.#say("close", pair, server, 1, other, other, 0, "churn");
    this.#serverMoves(pair, [8, 9], inode + 1);
    this.#clientMoves(pair, [5, 7], 0);
    this.#say("destroy", pair, client, pid, pid, 0, "churn");
    this.#serverMoves(pair, [9, 7], 0);
    this.#say("destroy", pair, server, other, other, 0, "churn");
    this.#free.push(client, server);
  }

  #clientMoves(of: Pair, [from, to]: readonly [number, number], inode: number): void {
    this.#say("state", of, of.client, from, to, of.port, 8_080, NETNS, inode, LOOPBACK, LOOPBACK);
  }

  #serverMoves(of: Pair, [from, to]: readonly [number, number], inode: number): void {
    this.#say("state", of, of.server, from, to, 8_080, of.port, NETNS, inode, LOOPBACK, LOOPBACK);
  }

  #say(tag: string, { cpu }: Pair, ...fields: readonly (string | number)[]): void {
    this.#ns += STEP_NS;
    this.#print(tag, cpu, this.#ns, ...fields);
    if (this.#ns < START_NS + (this.#pulses + 1) * PULSE_NS) return;
    this.#pulses++;
    for (const each of [0, 1]) this.#print("pulse", each, this.#ns);
    if (this.#pulses % BEAT_PULSES === 0) this.#print("beat", 0, this.#ns);
  }

  #print(...tuple: readonly (string | number)[]): void {
    this.#lines.push(`{"type": "value", "data": ${JSON.stringify(tuple)}}\n`);
  }

  /** The kernel takes the one that was given back last. */
  #address(): number {
    return this.#free.pop() ?? KERNEL_HEAP + SOCK_BYTES * this.#addresses++;
  }
}

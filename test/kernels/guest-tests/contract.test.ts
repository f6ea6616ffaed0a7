/** The probes against what programs did: by each attachment that works here, every socket of them, and nothing else. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ATTACHMENTS, type GuestAttachment } from "../capabilities.ts";
import { can, HERE, Program, without } from "./child.ts";
import { forgottenAtExit, heldStates, judge, type Workload } from "./judge.ts";
import { Probes } from "./probes.ts";
import { keep, record } from "./recording.ts";
import { opensOf } from "./told.ts";
import { startOrSkip } from "./zoo.ts";

type Accepts = { pid: number };
type Accepted = { tid: number; fd: number; inode: number };

const WRONG_SHOWN = 8;
/** Of 1,593 sockets; seen: 3 of 2,124. */
const DECLARED_MOST = 23;
const EACH = 23;
const HELD = ["ESTABLISHED", "SYN_SENT", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"];
const WORKLOADS: readonly (readonly string[])[] = [
  ["python3", `${HERE}/workload.py`, "127.0.0.1"],
  ["python3", `${HERE}/workload.py`, "::ffff:127.0.0.1"],
  ["unshare", "--net", "sh", "-c", `ip link set lo up && exec python3 ${HERE}/workload.py ::1`],
];

/** attachment → what it told of each socket of each workload, in their order; null where it missed something (declared). */
const told = new Map<GuestAttachment, readonly (string | null)[]>();

for (const attachment of ATTACHMENTS) {
  test(`${attachment}: the probes tell what programs did`, { skip: without(attachment) }, async (t) => {
    const by = { attachment, eofReads: attachment !== "tracepoint" || can("tracepoint-eof") };
    const wrong: string[] = [];
    const blocked = new Program<Accepts>("python3", `${HERE}/accepts.py`);
    const { pid } = await blocked.ready;
    const probes = await Probes.attach(attachment);
    t.after(() => probes.stop());
    await t.test(`${attachment}: 24 accepts by 12 threads that were blocked before the probes came`, async () => {
      const accepted = await blocked.ask<Accepted[]>("connect");
      await probes.upToNow();
      const { ownerless, fdless } = missedAccepts(probes, { pid, accepted });
      if (attachment !== "tracepoint") assert.deepEqual(ownerless, []);
      wrong.push(...ownerless, ...fdless);
    });
    await blocked.stop();
    if (attachment !== "tracepoint")
      await t.test(`${attachment}: 23 accepts through io_uring`, (t) => uringAccepts(t, probes));
    const recording = await record(probes);

    const lives: (string | null)[] = [];
    let impliedLate = 0;
    for (const argv of WORKLOADS) {
      const program = new Program<Workload>(...argv);
      const workload = await program.ready;
      await probes.upToNow();
      const standing = probes.lives();
      impliedLate -= probes.implied;
      await program.stop();
      await probes.upToNow();
      impliedLate += probes.implied;
      const states = heldStates(workload);
      for (const state of HELD) assert.ok((states.get(state) ?? 0) >= EACH, `${state}: ${states.get(state)}`);
      const { lines, complaints } = judge(standing, workload, by);
      lives.push(...lines);
      wrong.push(...complaints, ...forgottenAtExit(probes.lives(), workload));
      t.diagnostic(`${argv.join(" ")}: ${workload.sockets.length} sockets, ${complaints.length} not as they were`);
      for (const complaint of complaints.slice(0, WRONG_SHOWN)) t.diagnostic(`  ${complaint}`);
    }
    await probes.stop();
    wrong.push(...keep(probes, recording, by));
    const gaps = probes.gaps.filter(({ why }) => why !== "recursion").map(({ why, text }) => `${why}: ${text}`);
    assert.deepEqual([...new Set(gaps)], []);
    // What a program's end implied was not known while it stood, and is lost no more.
    assert.ok(
      wrong.length <= probes.missesAllowed(lives.length) + impliedLate,
      `${probes.lost} declared lost, ${impliedLate} implied late, ${wrong.length} wrong: ${wrong.slice(0, WRONG_SHOWN).join("\n  ")}`,
    );
    told.set(attachment, lives);
  });
}

test("every attachment told the same of the same programs", (t) => {
  if (told.size < 2) return t.skip("nothing to compare");
  const [first = [], ...others] = [...told.values()];
  for (const other of others) {
    const both = first.map((_, at) => [first[at], other[at]] as const).filter((pair) => !pair.includes(null));
    t.diagnostic(`${both.length} of ${first.length} sockets compared`);
    assert.ok(first.length - both.length <= DECLARED_MOST, `${both.length} of ${first.length} sockets are comparable`);
    assert.deepEqual(
      both.filter(([one, two]) => one !== two),
      [],
    );
  }
});

/** Into the ring's own table: no system call accepts, and there is no fd. */
async function uringAccepts(t: TestContext, probes: Probes): Promise<void> {
  const zoo = await startOrSkip("io-uring");
  if (typeof zoo === "string") return t.skip(zoo);
  await probes.upToNow();
  await zoo.stop();
  const opens = [...probes.lives().values()].flatMap(opensOf);
  const accepts = opens.filter(({ how, local }) => how === "accept" && local?.port === zoo.port);
  assert.deepEqual(new Set(accepts.map(({ pid, fd }) => `${pid} ${fd}`)), new Set([`${zoo.pid} null`]));
  assert.equal(accepts.length, EACH);
}

/**
 * By inode: where the child's transitions were skipped, its port is not known, and its owner is all the same.
 * Those of whose owner nothing is told: a program that the kernel skipped at the end of a system call, where a tracepoint tells. And
 * those of which that would have told the fd.
 */
function missedAccepts(
  probes: Probes,
  { pid, accepted }: { readonly pid: number; readonly accepted: readonly Accepted[] },
): { readonly ownerless: readonly string[]; readonly fdless: readonly string[] } {
  const owners = new Map<number | null, { readonly tid: number | null; readonly fd: number | null }>();
  for (const { how, inode, ...open } of [...probes.lives().values()].flatMap(opensOf))
    if (how === "accept" && open.pid === pid) owners.set(inode, { tid: open.tid, fd: open.fd });
  assert.equal(accepted.length, 24);
  const told = accepted.filter(({ inode }) => owners.has(inode));
  const fdless = told.filter(({ inode }) => owners.get(inode)?.fd === null);
  const fds = (one: Accepted) => (fdless.includes(one) ? null : one.fd);
  assert.deepEqual(owners, new Map(told.map((one) => [one.inode, { tid: one.tid, fd: fds(one) }])));
  return {
    ownerless: accepted.filter((one) => !told.includes(one)).map(({ fd }) => `who accepted fd ${fd} is not told`),
    fdless: fdless.map(({ fd }) => `fd ${fd} of an accept is not told`),
  };
}

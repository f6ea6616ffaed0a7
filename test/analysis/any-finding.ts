/** Any finding that the types allow, for properties of what is made of one. */
import fc from "fast-check";
import { type Finding, type Judged, KINDS } from "../../src/analysis/finding.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { STATE_NAMES } from "../../src/model/state.ts";
import { culprit, finding, stuck, threads } from "./made-findings.ts";
import { snapshot } from "./sockets.ts";

const word = fc.string({ unit: "binary", maxLength: 20 });
const addr = fc.oneof(fc.ipV4(), fc.ipV6(), word);
const port = fc.nat({ max: 65_535 });
const end = fc.option(fc.record({ addr, port }));
const few = fc.nat({ max: 100_000 });
/** As the analysis computes them: not whole. */
const ms = fc.double({ min: 0, max: 1e12, noNaN: true, noDefaultInfinity: true });
const confidence = fc.constantFrom("certain", "likely", "possible");
const kind = fc.constantFrom(...KINDS);
const side = fc.constantFrom("accept", "connect", null);

const age = fc
  .record({ minMs: ms, more: fc.option(ms), basis: fc.constantFrom("traced", "tcp_info", "first-seen") })
  .map(({ minMs, more, basis }) => ({ minMs, maxMs: more === null ? null : minMs + more, basis }) as Finding["oldest"]);

const growth: fc.Arbitrary<Finding["growth"]> = fc.oneof(
  fc.record({ perHour: fc.constant(null), why: word }),
  fc.record({ perHour: fc.integer({ min: -1e6, max: 1e6 }), windowMs: ms, method: fc.constantFrom("ages", "rounds") }),
);

const sight = fc.record({
  state: fc.constantFrom(...STATE_NAMES),
  local: end,
  remote: end,
  inode: fc.option(few),
  recvQ: fc.option(few),
  noHolder: fc.constantFrom("io_uring", "in-flight", "kernel", "hidden", "not-found", null),
  ringPid: fc.option(few),
  holders: fc.array(
    fc.record({ pid: fc.constantFrom(4121, 812), fd: few, epoll: fc.constantFrom("none", "read", null) }),
    { maxLength: 3 },
  ),
});

const judged: fc.Arbitrary<Judged> = fc
  .record({ sight, age, kind, confidence, standing: fc.constantFrom("leak", "suspect", "listed") })
  .map(({ sight, ...how }) => ({ ...stuck({ state: sight.state }, sight), ...how }));

const group = fc
  .record({
    name: word,
    count: few,
    state: fc.constantFrom("R", "S", "D"),
    syscall: fc.option(word),
    wchan: fc.option(word),
  })
  .chain((of) => {
    const wait = fc.record({
      fd: few,
      local: end,
      remote: end,
      state: fc.constantFrom(...STATE_NAMES, null),
      silentMs: fc.option(few),
    });
    return fc.option(wait).map((waitsFor) => threads({ ...of, waitsFor }));
  });

const process = fc.record({
  pid: few,
  comm: word,
  exe: fc.option(word),
  unit: fc.option(word),
  pod: fc.option(word),
  args: fc.array(word),
});

export const anyFinding: fc.Arbitrary<Finding> = fc
  .record({
    kind,
    leak: fc.boolean(),
    confidence,
    because: word,
    process: fc.option(process.map(culprit)),
    attributedBy: fc.constantFrom("holder", "listener", "trace", null),
    count: few,
    oldest: age,
    growth,
    fds: fc.option(fc.record({ used: few, limit: fc.option(few), exhaustedInMs: fc.option(ms) })),
    side,
    localPorts: fc.array(fc.record({ port, count: few }), { maxLength: 25 }),
    peers: fc.array(fc.record({ addr, port, count: few }), { maxLength: 25 }),
    epoll: fc.option(fc.record({ none: few, noRead: few, read: few })),
    threads: fc.array(group, { maxLength: 3 }),
    queue: fc.option(fc.record({ port, length: few, bound: few })),
    curve: fc.option(fc.record({ bucketMs: fc.nat(), counts: fc.array(few, { maxLength: 4 }) })),
    lookAgainMs: fc.option(ms),
    sockets: fc.array(judged, { maxLength: 4 }),
  })
  .map(finding);

export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    wallMs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    oldestCloseWaitUs: fc.option(ms),
    unattached: fc.boolean(),
  })
  .map(({ unattached, ...over }) => snapshot(unattached ? { ...over, recording: null } : over));

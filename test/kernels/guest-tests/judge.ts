/** Holds what probes told of a workload (workload.py) against what it did; in a guest, and for the recordings made there. */
import assert from "node:assert/strict";
import { stateOf as stateNamed } from "../../../src/model/state.ts";
import type { GuestAttachment } from "../capabilities.ts";
import { STORIES } from "./stories.ts";
import { opensOf, placeOf, stateOf, stepsOf, type Told } from "./told.ts";

type Address = { addr: string; port: number };
type Socket = {
  story: string;
  part: "client" | "server" | "queued";
  local: Address;
  remote: Address | null;
  fd: number | null;
  inode: number | null;
  pid: number | null;
  /** As TCP_INFO says it, of a socket that is held. */
  state?: number;
};

/** What workload.py answers. */
export type Workload = { pid: number; comm: string; netns: number; sockets: Socket[] };
/** How the probes were attached, and whether that tells of EOF reads on this kernel. */
export type ToldBy = { readonly attachment: GuestAttachment; readonly eofReads: boolean };
export type Lives = ReadonlyMap<string, Told[]>;

/** Where the kernel makes no transition at exit, tracepoints do not see it. */
const SEEN_LET_GO_AT_EXIT = ["ESTABLISHED", "SYN_SENT", "CLOSE_WAIT"];

/** What is not as it was, and each socket's normalised life in the workload's order; null where it was not told as it was. */
export function judge(lives: Lives, workload: Workload, by: ToldBy) {
  const complaints: string[] = [];
  const lines = workload.sockets.map((socket) => {
    const life = lives.get(placeOf({ ...socket, netns: workload.netns })) ?? [];
    const expected = expectedOf(socket, by);
    const found = foundOf(life, socket);
    if (found === expected) return `${socket.story} ${socket.part}: ${foundOf(life, socket, true)}`;
    complaints.push(`${socket.story} ${socket.part}: told ${found}\n    expected ${expected}`);
    return null;
  });
  assertNothingElse(lives, workload);
  return { lines, complaints };
}

/** How many of a workload's sockets are held in each state. */
export function heldStates({ sockets }: Workload): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of sockets) {
    const name = state === undefined ? undefined : stateNamed(state);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** After the workload's end: held sockets that nobody was told to have let go. */
export function forgottenAtExit(lives: Lives, { sockets, netns, pid }: Workload): readonly string[] {
  const held = sockets.filter(({ state }) => SEEN_LET_GO_AT_EXIT.includes(stateNamed(state ?? 0) ?? ""));
  const forgotten = held.filter((socket) => {
    const life = lives.get(placeOf({ ...socket, netns })) ?? [];
    return !life.some((event) => event.type === "close" && event.pid === pid && event.exiting === true);
  });
  return forgotten.map((socket) => `let go at exit: not told of ${placeOf({ ...socket, netns })}`);
}

/** What should be told of a socket: its steps (a held one: its state), and who opened it. */
function expectedOf(socket: Socket, { eofReads }: ToldBy): string {
  const story = STORIES[socket.story];
  const steps = socket.state === undefined && story !== undefined && socket.part !== "queued" ? story[socket.part] : [];
  const shown = steps.filter((step) => eofReads || step !== "read");
  const end = socket.state === undefined ? "" : `in ${stateNamed(socket.state)}`;
  return [...shown, end, socket.remote === null || socket.pid === null ? "" : ownerText(socket)]
    .filter(Boolean)
    .join(", ");
}

function foundOf(life: readonly Told[], socket: Socket, normalised = false): string {
  const steps = stepsOf(life).filter((step) => !(normalised && step === "read"));
  const shown = socket.state === undefined && socket.part !== "queued" ? steps : [];
  const end = socket.state === undefined ? "" : `in ${stateOf(life)}`;
  const opens = normalised ? [] : opensOf(life).map((open) => ownerText(open));
  return [...shown, end, ...opens].filter(Boolean).join(", ");
}

function ownerText({ pid, fd, inode }: Pick<Socket, "pid" | "fd" | "inode">): string {
  return `by ${pid} as fd ${fd} inode ${inode}`;
}

/** The workload's processes own no socket that it has not told of; and each name is right. */
function assertNothingElse(lives: Lives, { sockets, comm, netns }: Workload): void {
  const pids = new Set(sockets.map(({ pid }) => pid));
  const places = new Set(sockets.map((socket) => placeOf({ ...socket, netns })));
  for (const [place, life] of lives) {
    const opens = opensOf(life).filter(({ pid }) => pids.has(pid));
    for (const open of opens)
      assert.deepEqual([open.comm, place], [comm, places.has(place) ? place : "a socket it told of"]);
  }
}

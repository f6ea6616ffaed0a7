/** It has a file, and no process has that open: where is it? */
import type { CensusEvent, NoHolder } from "../../model/census.ts";
import type { Match, Question } from "../case.ts";
import type { Confidence } from "../finding.ts";

export const noHolder: Question = ({ socket, seen }) => {
  const reason = seen === null || seen.holders.length > 0 ? null : seen.noHolder;
  if (seen === null || reason === null) return null;
  const confidence = confidenceIn(reason, socket.sight?.rounds ?? 1);
  const canLeak = seen.state === "CLOSE_WAIT";
  return { kind: "no-holder", confidence, because: textOf(reason, seen), canLeak } satisfies Match;
};

function confidenceIn(reason: NoHolder, rounds: number): Confidence {
  if (reason === "io_uring") return "certain";
  if (reason === "kernel" || reason === "hidden") return "possible";
  // One look may have raced with its close.
  return reason === "in-flight" || rounds > 1 ? "likely" : "possible";
}

function textOf(reason: NoHolder, { inode, ringPid, recvQ }: CensusEvent): string {
  if (reason === "io_uring") return `an io_uring of process ${ringPid ?? "?"} holds inode ${inode}, no fd does`;
  if (reason === "in-flight") return `no process has inode ${inode} open, and fds are in flight (SCM_RIGHTS)`;
  if (reason === "hidden") return `who has inode ${inode} open may not be seen; Recv-Q is ${recvQ ?? "?"}`;
  if (reason === "kernel") return `no process has inode ${inode} open; its port is one that the kernel serves`;
  return `no process has inode ${inode} open, and where it is was not found`;
}

/** The values of a finding in the words that the advice is made of: each of them names two, where two are known. */
import type { Finding, Judged } from "../finding.ts";
import { placeOf, socketsOf, whoOf } from "../place.ts";

export type Names = {
  /** "java 4121", "no known process (on port 8080)" */
  readonly who: string;
  /** "fd 17", of the worst: an example is enough to find the code. Else how many and where. */
  readonly fd: string;
  /** "fd 17 of java 4121" */
  readonly it: string;
  /** "6,021 sockets to 10.0.3.4:443" */
  readonly sockets: string;
  /** "inode 70017 (6,021 sockets to 10.0.3.4:443)" */
  readonly inode: string;
};

export function namesOf(finding: Finding): Names {
  const { process, kind, sockets: all } = finding;
  const sockets = socketsOf(finding, kind === "never-accepted" ? "connection" : "socket");
  const who = process === null ? `no known process (${placeOf(finding) || "of no known port"})` : whoOf(process);
  const fd = process === null ? null : fdOf(all, process.pid);
  const held = fd === null ? sockets : `fd ${fd}`;
  const it = process === null ? sockets : `${held} of ${who}`;
  return { who, fd: held, it, sockets, inode: `${inodeText(all)} (${sockets})` };
}

/** Of the worst socket whose fd in this process is known. */
function fdOf(sockets: readonly Judged[], pid: number): number | null {
  for (const { socket } of sockets) {
    const held = socket.sight?.seen.holders.find((holder) => holder.pid === pid)?.fd;
    const fd = held ?? (socket.owner?.pid === pid ? socket.owner.fd : null);
    if (fd !== null) return fd;
  }
  return null;
}

function inodeText(sockets: readonly Judged[]): string {
  const inode = sockets.map(({ socket }) => socket.inode ?? 0).find((of) => of > 0);
  return inode === undefined ? "no inode" : `inode ${inode}`;
}

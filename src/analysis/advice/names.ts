/** The values of a finding in the words that the advice is made of: each of them names two, where two are known. */
import type { Finding, Judged } from "../finding.ts";
import { placeOf, socketsOf, whoOf } from "../place.ts";

export type Names = {
  /** "java 4121", "no known process of port 8080" */
  readonly who: string;
  /** "fd 17 of java 4121", else how many and where. */
  readonly it: string;
  /** "6,021 sockets to 10.0.3.4:443" */
  readonly sockets: string;
  /** "inode 70017 (6,021 sockets to 10.0.3.4:443)" */
  readonly inode: string;
};

/** Examples are enough to find the code: all of them stand under `sockets`. */
const FDS_SHOWN = 2;

export function namesOf(finding: Finding): Names {
  const { process, kind, sockets: all } = finding;
  const sockets = socketsOf(finding, kind === "never-accepted" ? "connection" : "socket");
  const who = process === null ? `no known process (${placeOf(finding) || "of no known port"})` : whoOf(process);
  const fds = fdsOf(all, process?.pid ?? null);
  const held = fds.length === 0 ? sockets : `${fdText(fds)}`;
  const it = process === null ? sockets : `${held} of ${who}`;
  return { who, it, sockets, inode: `${inodeText(all)} (${sockets})` };
}

/** Of this process, worst socket first. */
function fdsOf(sockets: readonly Judged[], pid: number | null): readonly number[] {
  return sockets.flatMap(({ socket: { sight, owner } }) => {
    const held = sight?.seen.holders.find((holder) => holder.pid === pid)?.fd;
    const fd = held ?? (owner?.pid === pid ? owner?.fd : null);
    return fd === null || fd === undefined ? [] : [fd];
  });
}

function fdText(fds: readonly number[]): string {
  const more = fds.length > FDS_SHOWN ? " ..." : "";
  return `fd${fds.length > 1 ? "s" : ""} ${fds.slice(0, FDS_SHOWN).join(", ")}${more}`;
}

function inodeText(sockets: readonly Judged[]): string {
  const inode = sockets.find(({ socket }) => socket.inode !== null && socket.inode > 0)?.socket.inode;
  return inode === undefined || inode === null ? "no inode" : `inode ${inode}`;
}

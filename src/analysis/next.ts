/** The command to run next: works when pasted, today, with the rights that /proc of another user's process asks for. */
import { isAddress } from "../format/address.ts";
import type { Finding } from "./finding.ts";
import { BY_CODE, culpritSite } from "./site-words.ts";

const LOOK_CLOSER = "sudo sockleak list --sockets 20";

type Of = Pick<Finding, "kind" | "process" | "localPorts" | "peers" | "side" | "leak" | "sites">;

/** Towards the code path of a leak, until it is known; else closer to its sockets. */
export function nextOf(finding: Of): string {
  const { process, kind, leak, sites } = finding;
  if (process !== null && leak && BY_CODE.has(kind) && culpritSite(sites) === undefined) {
    return `sudo sockleak report --pid ${process.pid} ${sites.length === 0 ? "--until 3" : "--last-used"}`;
  }
  return [LOOK_CLOSER, ...filterOf(finding)].join(" ");
}

/** A socket that nobody has taken has no process of its own: it is found by its port. */
function filterOf({ kind, process, localPorts, peers, side }: Of): readonly string[] {
  if (process !== null && kind !== "never-accepted") return [`--pid ${process.pid}`];
  const [port] = localPorts;
  const [peer] = peers;
  if (side !== "connect" && port !== undefined) return [`--local-port ${port.port}`];
  // A recording may hold anything: what is no address must not reach a shell.
  if (peer !== undefined && isAddress(peer.addr)) {
    return [`--peer ${peer.addr}`, ...(peer.port > 0 ? [`--peer-port ${peer.port}`] : [])];
  }
  return process === null ? [] : [`--pid ${process.pid}`];
}

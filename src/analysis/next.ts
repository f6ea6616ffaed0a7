/** The command to run next: works when pasted, today, with the rights that /proc of another user's process asks for. */
import { isAddress } from "../format/address.ts";
import type { Finding } from "./finding.ts";

/** What may follow a finding. `report` takes its place once code paths can be told. */
const LOOK_CLOSER = "sudo sockleak list --sockets 20";

export function nextOf(finding: Pick<Finding, "kind" | "process" | "localPorts" | "peers" | "side">): string {
  return [LOOK_CLOSER, ...filterOf(finding)].join(" ");
}

/** A socket that nobody has taken has no process of its own: it is found by its port. */
function filterOf({ kind, process, localPorts, peers, side }: Parameters<typeof nextOf>[0]): readonly string[] {
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

/** Whether a socket is at a place that was asked for: its ports, its peer, its network namespace. */
import type { Address, OfSocket } from "./event.ts";

export type PlaceFilter = {
  readonly localPort?: number;
  readonly peerPort?: number;
  /** Local or peer. */
  readonly port?: number;
  readonly peer?: (addr: string) => boolean;
  /** Inode of the network namespace. */
  readonly netns?: number;
};

export type Verdict = "pass" | "drop" | "undecided";

/** "undecided" while something that is asked for is not known yet. */
export function judgePlace(
  filter: PlaceFilter,
  { local, remote, netns }: Pick<OfSocket, "local" | "remote" | "netns">,
) {
  const { localPort, peerPort, port, peer } = filter;
  if (filter.netns !== undefined && netns !== filter.netns) return netns === null ? "undecided" : "drop";
  if (peer !== undefined && remote !== null && !peer(remote.addr)) return "drop";
  if (peerPort !== undefined && remote !== null && remote.port !== peerPort) return "drop";
  // Port 0: a connect before the kernel has chosen one.
  const chosen = local !== null && local.port !== 0;
  if (localPort !== undefined && chosen && local.port !== localPort) return "drop";
  if (port !== undefined && chosen && local.port !== port && remote?.port !== port) return "drop";
  const waits = {
    local: localPort !== undefined && !chosen,
    port: port !== undefined && !chosen && !isAt(remote, port),
  };
  const unknownPeer = remote === null && (peer !== undefined || peerPort !== undefined);
  return waits.local || waits.port || unknownPeer ? "undecided" : "pass";
}

function isAt(address: Address | null, port: number): boolean {
  return address?.port === port;
}

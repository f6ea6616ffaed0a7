/** A finding's id: the same from run to run, so that a baseline can know it. */
import type { Finding } from "../analysis/finding.ts";

/** Where the kernel takes ports from that nobody chose (net.ipv4.ip_local_port_range begins there by default). */
const FIRST_EPHEMERAL_PORT = 32_768;

/**
 * "python3 api.py eof-ignored accept :8080", "node eof-unread connect :5432", "java never-accepted accept :*".
 * Addresses are left out: those of containers change with the order in which they start.
 */
export function gateId(
  program: string,
  { kind, side, localPorts, peers }: Pick<Finding, "kind" | "side" | "localPorts" | "peers">,
): string {
  const ports = side === "connect" ? peers : localPorts;
  const chosen = [...new Set(ports.map(({ port }) => port))].filter((port) => port > 0 && port < FIRST_EPHEMERAL_PORT);
  // Of several the least: which has most differs from run to run.
  const port = chosen.length === 0 ? "*" : `${Math.min(...chosen)}`;
  return `${program} ${kind} ${side ?? "-"} :${port}`;
}

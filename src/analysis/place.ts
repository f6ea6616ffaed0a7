/** How a finding's process and ends are named in a sentence. Names are raw: escape where printed. */
import { plural } from "../format/plural.ts";
import type { Address } from "../model/event.ts";
import type { Finding } from "./finding.ts";
import { ANY_PORT } from "./peers.ts";

type Ends = Pick<Finding, "side" | "localPorts" | "peers">;

/** What the model calls a process of which it knows the pid alone. */
const NO_NAME = "?";

/** "java 4121" */
export function whoOf({ comm, pid }: { readonly comm: string; readonly pid: number }): string {
  return comm === NO_NAME ? `process ${pid}` : `${comm} ${pid}`;
}

/** "to 10.0.3.4:443", "on port 8080 from 10.0.0.9 and others"; empty where neither end is known. */
export function placeOf({ side, localPorts, peers }: Ends): string {
  const [port] = localPorts;
  const here = side === "connect" || port === undefined ? "" : `on ${portText(port.port, localPorts.length)}`;
  const there = peerText(peers, side === "connect" ? "to" : "from");
  return [here, there].filter((part) => part !== "").join(" ");
}

/** "6,021 sockets to 10.0.3.4:443" */
export function socketsOf(finding: Ends & Pick<Finding, "count">, noun = "socket"): string {
  return `${plural(finding.count, noun)} ${placeOf(finding)}`.trimEnd();
}

function portText(port: number, ports: number): string {
  return ports > 1 ? `port ${port} and ${ports - 1} more` : `port ${port}`;
}

/** "10.0.3.4:443", "10.0.0.9" */
export function peerOf({ addr, port }: Address): string {
  if (port === ANY_PORT) return addr;
  return addr.includes(":") ? `[${addr}]:${port}` : `${addr}:${port}`;
}

function peerText(peers: Ends["peers"], preposition: string): string {
  const [peer] = peers;
  if (peer === undefined) return "";
  return `${preposition} ${peerOf(peer)}${peers.length > 1 ? " and others" : ""}`;
}

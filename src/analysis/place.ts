/** How a finding's process and ends are named in a sentence. Names are raw: escape where printed. */
import { plural } from "../format/plural.ts";
import type { Finding } from "./finding.ts";
import { ANY_PORT } from "./peers.ts";

type Ends = Pick<Finding, "side" | "localPorts" | "peers">;

/** "java 4121" */
export function whoOf(process: { readonly comm: string; readonly pid: number }): string {
  return `${process.comm} ${process.pid}`;
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

function peerText(peers: Ends["peers"], preposition: string): string {
  const [peer] = peers;
  if (peer === undefined) return "";
  const { addr, port } = peer;
  const end = port === ANY_PORT ? addr : addr.includes(":") ? `[${addr}]:${port}` : `${addr}:${port}`;
  return `${preposition} ${end}${peers.length > 1 ? " and others" : ""}`;
}

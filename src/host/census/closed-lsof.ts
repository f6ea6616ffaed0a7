/** The protocol of a socket in no table, by lsof, which reads the xattr system.sockprotoname. */
import type { Host } from "../port.ts";
import { type Closed, UNTOLD } from "./closed.ts";
import type { OtherSocket } from "./walk.ts";

/** It reads every fd of every process asked about. */
const TIMEOUT_MS = 3_000;

export async function askLsof(host: Host, sockets: readonly OtherSocket[]): Promise<ReadonlyMap<number, Closed>> {
  const lsof = await host.which("lsof");
  if (lsof === null) return new Map();
  const pids = [...new Set(sockets.map(({ pid }) => pid))].join(",");
  const { stdout } = await host.run([lsof, "-nPw", "-b", "-p", pids, "-F", "pftin"], { timeoutMs: TIMEOUT_MS });
  return parseLsof(stdout);
}

/** Fields of `lsof -F`: a line each, of a socket in no table `tsock`, `i4711`, `nprotocol: TCP`. */
export function parseLsof(text: string): ReadonlyMap<number, Closed> {
  const told = new Map<number, Closed>();
  let type = "";
  let inode = 0;
  for (const line of text.split("\n")) {
    const value = line.slice(1);
    if (line[0] === "f") [type, inode] = ["", 0];
    else if (line[0] === "t") type = value;
    else if (line[0] === "i") inode = Number(value);
    else if (line[0] === "n" && type === "sock" && inode > 0) {
      const protocol = /^protocol: ([A-Z0-9-]+)/.exec(value)?.[1]?.replace(/v6$/, "");
      if (protocol !== undefined) told.set(inode, { ...UNTOLD, protocol });
    }
  }
  return told;
}

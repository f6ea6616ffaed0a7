/** /proc/PID/net/tcp and tcp6 (net/ipv4/tcp_ipv4.c: get_tcp4_sock): what there is where ss or its right is missing. */
import { stateOf } from "../../model/state.ts";
import { Pool } from "./pool.ts";
import { type Row, type Timer, UNTOLD } from "./row.ts";
import { isNobody, parseProcAddress } from "./table-address.ts";

const LINE =
  /^\s*\d+: (\S+) (\S+) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) ([0-9A-F]{2}):[0-9A-F]+ [0-9A-F]+\s+\d+\s+\d+ (\d+) /i;
const TIMERS: readonly Timer[] = ["off", "on", "keepalive", "timewait", "persist"];

/** Null: no socket. The table's first line, its titles, is none. */
export function parseProcTcpLine(line: string, pool: Pool = new Pool()): Row | null {
  const found = LINE.exec(line);
  if (found === null) return null;
  const [, here = "", there = "", number = "", sent = "", received = "", timer = "", inode = ""] = found;
  const state = stateOf(Number.parseInt(number, 16));
  const local = parseProcAddress(here, pool);
  const remote = parseProcAddress(there, pool);
  if (state === undefined || local === undefined || remote === undefined) return null;
  return {
    ...UNTOLD,
    state,
    recvQ: Number.parseInt(received, 16),
    // A listener's bound is not told here.
    sendQ: state === "LISTEN" ? null : Number.parseInt(sent, 16),
    local,
    remote: isNobody(remote) ? null : remote,
    timer: TIMERS[Number.parseInt(timer, 16)] ?? null,
    inode: Number(inode),
  };
}

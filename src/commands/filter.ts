/** The filters as asked for on the command line → the rule that every source is filtered by. */
import { parseNetns, resolveNetns } from "../host/netns.ts";
import type { Host } from "../host/port.ts";
import type { Filter } from "../model/filter.ts";
import { CommandError, EXIT } from "./io.ts";
import { commTest, type FilterOptions, peerTest } from "./options.ts";

/** Errors: a --netns that names none (CommandError, exit code 2). */
export async function filterOf(options: FilterOptions, host: Host): Promise<Filter> {
  const { pid, comm, localPort, peerPort, port, peer, netns } = options;
  return {
    ...(pid !== undefined && { pid }),
    ...(comm !== undefined && { comm: commTest(comm) }),
    ...(localPort !== undefined && { localPort }),
    ...(peerPort !== undefined && { peerPort }),
    ...(port !== undefined && { port }),
    ...(peer !== undefined && { peer: peerTest(peer) }),
    ...(netns !== undefined && { netns: await netnsInode(netns, host) }),
  };
}

async function netnsInode(text: string, host: Host): Promise<number> {
  const parsed = parseNetns(text);
  const found = parsed.ok ? await resolveNetns(host, parsed.ref) : parsed;
  if (found.ok) return found.inode;
  throw new CommandError(EXIT.usage, { message: found.error, hint: found.hint });
}

const NAMES = ["pid", "comm", "localPort", "peerPort", "port", "peer", "netns"] as const;

/** As they were given, for the recording's header. */
export function filtersAsGiven(options: FilterOptions): Record<string, string> {
  const given = NAMES.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, String(options[name])]));
}

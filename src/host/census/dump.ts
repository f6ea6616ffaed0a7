/** The TCP table of one network namespace: by the host's own ss, entered by nsenter where it is not ours; else from /proc. */
import { type Host, readOrNull } from "../port.ts";
import type { Namespace } from "./namespaces.ts";
import { parseProcTcp } from "./proc-tcp.ts";
import type { Table } from "./row.ts";
import { parseSsInSlices } from "./slices.ts";

export type Scope = "full" | "close-wait";

/** Null: nothing could be seen of it. */
export type Dump = { readonly table: Table | null; readonly why: readonly string[] };
export type Tools = { readonly ss: string | null; readonly nsenter: string | null };

/** Without -p: ss would walk every process once a namespace, and what it prints of them can be forged. */
const SS_ARGUMENTS = ["-t", "-a", "-n", "-e", "-i", "-O", "-H"];
/** 300,000 sockets. */
const MAX_BYTES = 128 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

export async function findTools(host: Host): Promise<Tools> {
  return { ss: await host.which("ss"), nsenter: await host.which("nsenter") };
}

export async function dumpNamespace(host: Host, tools: Tools, namespace: Namespace, scope: Scope): Promise<Dump> {
  const why: string[] = [];
  if (tools.ss === null) why.push("ss is not installed: no ages, cookies or timers");
  else if (namespace.own) {
    const dump = await runSs(host, [tools.ss], scope);
    if (dump.table !== null) return dump;
    why.push(...dump.why);
  } else if (tools.nsenter === null) why.push(`netns ${namespace.inode}: nsenter is not installed`);
  else {
    const dump = await enter(host, tools.nsenter, tools.ss, namespace, scope);
    if (dump.table !== null) return dump;
    why.push(...dump.why);
  }
  return fromProc(host, namespace, scope, why);
}

async function enter(host: Host, nsenter: string, ss: string, namespace: Namespace, scope: Scope): Promise<Dump> {
  const why: string[] = [];
  for (const path of namespace.paths) {
    if (!(await leadsTo(host, path, namespace))) continue;
    const dump = await runSs(host, [nsenter, `--net=${path}`, "--", ss], scope);
    // The process may have died, its pid been given on, between the two looks.
    if (dump.table === null) why.push(...dump.why);
    else if (await leadsTo(host, path, namespace)) return dump;
  }
  return { table: null, why: why.length > 0 ? why.slice(0, 1) : [`netns ${namespace.inode}: it vanished meanwhile`] };
}

async function leadsTo(host: Host, path: string, { inode }: Namespace): Promise<boolean> {
  return host.identify(path).then(
    (found) => found.isNamespace && found.inode === inode,
    () => false,
  );
}

async function runSs(host: Host, command: readonly string[], scope: Scope): Promise<Dump> {
  const filter = scope === "close-wait" ? ["state", "close-wait"] : [];
  const result = await host.run([...command, ...SS_ARGUMENTS, ...filter], {
    maxBytes: MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
  });
  if (result.code !== 0 && result.stdout === "") {
    return {
      table: null,
      why: [`ss: ${result.failure ?? (result.stderr.trim().split("\n")[0] || `exit ${result.code}`)}`],
    };
  }
  const table = await parseSsInSlices(result.stdout, scope === "close-wait" ? "CLOSE_WAIT" : undefined);
  return { table, why: result.failure === null ? [] : [`ss: ${result.failure}`] };
}

async function fromProc(
  host: Host,
  { inode, own, pids }: Namespace,
  scope: Scope,
  why: readonly string[],
): Promise<Dump> {
  for (const pid of own ? ["self", ...pids] : pids) {
    const texts = await Promise.all(
      ["tcp", "tcp6"].map((name) => host.readFile(`/proc/${pid}/net/${name}`, MAX_BYTES).catch(() => null)),
    );
    if (texts[0] === null) continue;
    if (!own && (await host.readLink(`/proc/${pid}/ns/net`).catch(() => "")) !== `net:[${inode}]`) continue;
    const tables = texts.map((text) => parseProcTcp(text ?? ""));
    const rows = tables
      .flatMap((table) => table.rows)
      .filter(({ state }) => scope === "full" || state === "CLOSE_WAIT");
    return { table: { rows, refused: tables.reduce((sum, { refused }) => sum + refused, 0) }, why };
  }
  return { table: null, why: why.length > 0 ? why : [`netns ${inode}: not readable`] };
}

/** Inodes of sockets that are of other protocols, from the tables of a process's namespace. */
export async function otherInodes(host: Host, pid: number): Promise<ReadonlySet<number>> {
  const inodes = new Set<number>();
  for (const name of [
    "unix",
    "udp",
    "udp6",
    "udplite",
    "udplite6",
    "raw",
    "raw6",
    "icmp",
    "icmp6",
    "netlink",
    "packet",
  ]) {
    const text = (await host.readFile(`/proc/${pid}/net/${name}`, MAX_BYTES).catch(() => null)) ?? "";
    for (const inode of parseInodeColumn(name, text)) inodes.add(inode);
  }
  return inodes;
}

/** Where the inode stands: in these tables the header does not tell it (two titles share a column, or it is the last but one). */
export function parseInodeColumn(name: string, text: string): readonly number[] {
  const column = name === "unix" ? 6 : name === "netlink" ? 9 : name === "packet" ? 8 : 9;
  return text
    .split("\n")
    .slice(1)
    .map((line) => Number(line.trim().split(/\s+/)[column]))
    .filter((inode) => Number.isSafeInteger(inode) && inode > 0);
}

export async function readMountinfo(host: Host): Promise<string> {
  return (await readOrNull(host, "/proc/self/mountinfo")) ?? "";
}

/** The TCP table of one network namespace: by the host's own ss, entered by nsenter where it is not ours; else from /proc. */
import type { Host } from "../port.ts";
import { LineCutter, linesOf } from "./lines.ts";
import type { Namespace } from "./namespaces.ts";
import type { Pace } from "./pace.ts";
import { Pool } from "./pool.ts";
import { parseProcTcpLine } from "./proc-tcp.ts";
import { parseSsLine, remnantOf } from "./ss.ts";
import { type Table, TableBuilder } from "./table.ts";

export type Scope = "full" | "close-wait";

/** Null: nothing could be seen of it. */
export type Dump = { readonly table: Table | null; readonly why: readonly string[] };
export type Tools = { readonly ss: string | null; readonly nsenter: string | null };
export type Looking = {
  readonly host: Host;
  readonly tools: Tools;
  readonly scope: Scope;
  readonly pace: Pace;
};

/** Without -p: ss would walk every process once a namespace, and what it prints of them can be forged. */
const SS_ARGUMENTS = ["-t", "-a", "-n", "-e", "-i", "-O", "-H"];
/** 300,000 sockets. */
const MAX_BYTES = 128 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

export async function findTools(host: Host): Promise<Tools> {
  const [ss, nsenter] = await Promise.all([host.which("ss"), host.which("nsenter")]);
  return { ss, nsenter };
}

export async function dumpNamespace(looking: Looking, namespace: Namespace): Promise<Dump> {
  const { ss, nsenter } = looking.tools;
  const why: string[] = [];
  if (ss === null) why.push("ss is not installed: no ages, cookies or timers");
  else if (namespace.own) {
    const dump = await runSs(looking, [ss]);
    if (dump.table !== null) return dump;
    why.push(...dump.why);
  } else if (nsenter === null) why.push(`netns ${namespace.inode}: nsenter is not installed`);
  else {
    const dump = await enter(looking, namespace, (path) => [nsenter, `--net=${path}`, "--", ss]);
    if (dump.table !== null) return dump;
    why.push(...dump.why);
  }
  return fromProc(looking, namespace, why);
}

async function enter(
  looking: Looking,
  namespace: Namespace,
  command: (path: string) => readonly string[],
): Promise<Dump> {
  const why: string[] = [];
  for (const path of namespace.paths) {
    if (!(await leadsTo(looking.host, path, namespace))) continue;
    const dump = await runSs(looking, command(path));
    // The process may have died, its pid been given on, between the two looks.
    if (dump.table === null) why.push(...dump.why);
    else if (await leadsTo(looking.host, path, namespace)) return dump;
  }
  const lost = namespace.paths.length === 0 ? "its mount is covered by another" : "it vanished meanwhile";
  return { table: null, why: why.length > 0 ? why.slice(0, 1) : [`netns ${namespace.inode}: ${lost}`] };
}

async function leadsTo(host: Host, path: string, { inode }: Namespace): Promise<boolean> {
  return host.identify(path).then(
    (found) => found.isNamespace && found.inode === inode,
    () => false,
  );
}

async function runSs({ host, scope, pace }: Looking, command: readonly string[]): Promise<Dump> {
  const asked = scope === "close-wait" ? "CLOSE_WAIT" : undefined;
  const filter = scope === "close-wait" ? ["state", "close-wait"] : [];
  const table = new TableBuilder();
  const lines = new LineCutter();
  const pool = new Pool();
  const take = (line: string) => {
    const remnant = remnantOf(line);
    const row = remnant === null ? parseSsLine(line, asked, pool) : null;
    if (remnant !== null) table.count(remnant);
    else if (row !== null || line.trim() !== "") table.add(row);
  };
  const onStdout = (piece: string) => pace.once(() => lines.cut(piece, take));
  const limits = { maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS };
  const result = await host.run([...command, ...SS_ARGUMENTS, ...filter], { ...limits, onStdout });
  // A host that knows no pieces gives it all at the end.
  onStdout(result.stdout);
  lines.end(take);
  if (result.code !== 0 && table.isEmpty) {
    const said = result.failure ?? (result.stderr.trim().split("\n")[0] || `exit ${result.code}`);
    return { table: null, why: [`ss: ${said}`] };
  }
  return { table, why: result.failure === null ? [] : [`ss: ${result.failure}`] };
}

async function fromProc(
  { host, scope, pace }: Looking,
  { inode, own, pids }: Namespace,
  why: readonly string[],
): Promise<Dump> {
  for (const pid of own ? ["self", ...pids] : pids) {
    const texts = await Promise.all(
      ["tcp", "tcp6"].map((name) => host.readFile(`/proc/${pid}/net/${name}`, MAX_BYTES).catch(() => null)),
    );
    if (texts[0] === null) continue;
    if (!own && (await host.readLink(`/proc/${pid}/ns/net`).catch(() => "")) !== `net:[${inode}]`) continue;
    const table = new TableBuilder();
    const pool = new Pool();
    for (const text of texts) {
      await pace.each(linesOf(text ?? "", { skip: 1 }), (line) => {
        const row = parseProcTcpLine(line, pool);
        if (row === null || scope === "full" || row.state === "CLOSE_WAIT") table.add(row);
      });
    }
    return { table, why };
  }
  return { table: null, why: why.length > 0 ? why : [`netns ${inode}: not readable`] };
}

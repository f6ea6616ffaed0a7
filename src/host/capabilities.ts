/** What this machine lets sockleak do: facts only. What they mean is said in obstacle.ts. */
import { parseBpftraceVersion, type Version } from "./bpftrace-version.ts";
import { type Host, readOrNull } from "./port.ts";
import { parseRights, type Rights } from "./rights.ts";

export const NEEDED_TRACEPOINTS = [
  "sock/inet_sock_set_state",
  "tcp/tcp_destroy_sock",
  "sock/sock_recv_length",
  "syscalls/sys_exit_accept4",
] as const;

export type TracepointName = (typeof NEEDED_TRACEPOINTS)[number];
export type Lockdown = "none" | "integrity" | "confidentiality";

/** Null is "not known" (not readable, not mounted), never "no". */
export type Capabilities = {
  /** "Linux" */
  readonly system: string | null;
  readonly kernel: string | null;
  readonly rights: Rights;
  readonly btf: boolean;
  readonly lockdown: Lockdown | null;
  /** Where tracefs is mounted; null: nowhere that bpftrace looks. */
  readonly tracefs: string | null;
  readonly tracepoints: Readonly<Record<TracepointName, boolean | null>>;
  readonly kprobes: boolean;
  readonly perfEventParanoid: number | null;
  readonly unprivilegedBpfDisabled: number | null;
  readonly kptrRestrict: number | null;
  readonly bpftrace: { readonly path: string; readonly version: Version | null; readonly text: string } | null;
  readonly hostPidNamespace: boolean | null;
  readonly setpriv: string | null;
};

/** PROC_PID_INIT_INO, include/linux/proc_ns.h: the host's own pid namespace has this inode on every kernel. */
const HOST_PID_NAMESPACE = "pid:[4026531836]";
const BTF_FILE = "/sys/kernel/btf/vmlinux";
/** bpftrace looks in these two. */
const TRACEFS_PLACES = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

export async function readCapabilities(host: Host): Promise<Capabilities> {
  const tracefs = await findTracefs(host);
  return {
    system: await readLine(host, "/proc/sys/kernel/ostype"),
    kernel: await readLine(host, "/proc/sys/kernel/osrelease"),
    rights: parseRights((await readOrNull(host, "/proc/self/status")) ?? ""),
    btf: await exists(host, BTF_FILE),
    lockdown: parseLockdown((await readOrNull(host, "/sys/kernel/security/lockdown")) ?? ""),
    tracefs,
    tracepoints: await findTracepoints(host, tracefs),
    kprobes: await hasKprobes(host, tracefs),
    perfEventParanoid: await readNumber(host, "/proc/sys/kernel/perf_event_paranoid"),
    unprivilegedBpfDisabled: await readNumber(host, "/proc/sys/kernel/unprivileged_bpf_disabled"),
    kptrRestrict: await readNumber(host, "/proc/sys/kernel/kptr_restrict"),
    bpftrace: await findBpftrace(host),
    hostPidNamespace: await inHostPidNamespace(host),
    setpriv: await host.which("setpriv"),
  };
}

/** "none [integrity] confidentiality": the one in brackets holds. */
export function parseLockdown(text: string): Lockdown | null {
  const chosen = /\[(none|integrity|confidentiality)\]/.exec(text)?.[1];
  return (chosen as Lockdown | undefined) ?? null;
}

/** From the table of mounts: the directories themselves are closed to everyone but root. */
export function parseTracefs(mounts: string): string | null {
  const mounted = mounts.split("\n").map((line) => line.split(" "));
  return TRACEFS_PLACES.find((place) => mounted.some(([, at, type]) => at === place && type === "tracefs")) ?? null;
}

async function findTracefs(host: Host): Promise<string | null> {
  const found = parseTracefs((await readOrNull(host, "/proc/self/mounts")) ?? "");
  if (found !== null) return found;
  // debugfs mounts it when somebody looks.
  return (await exists(host, "/sys/kernel/debug/tracing/events")) ? "/sys/kernel/debug/tracing" : null;
}

async function findTracepoints(host: Host, tracefs: string | null): Promise<Capabilities["tracepoints"]> {
  const readable = tracefs !== null && (await lists(host, `${tracefs}/events`));
  const found = NEEDED_TRACEPOINTS.map(async (name) => {
    return [name, readable ? await exists(host, `${tracefs}/events/${name}`) : null] as const;
  });
  return Object.fromEntries(await Promise.all(found)) as Capabilities["tracepoints"];
}

/** The perf device is open to everyone and there since 4.17; the file in tracefs is the old way. */
async function hasKprobes(host: Host, tracefs: string | null): Promise<boolean> {
  if (await exists(host, "/sys/bus/event_source/devices/kprobe")) return true;
  return tracefs !== null && (await exists(host, `${tracefs}/kprobe_events`));
}

async function findBpftrace(host: Host): Promise<Capabilities["bpftrace"]> {
  const path = await host.which("bpftrace");
  if (path === null) return null;
  const { stdout, stderr, failure } = await host.run([path, "--version"]);
  const text = (stdout.trim() || stderr.trim() || failure || "").split("\n")[0] ?? "";
  return { path, version: parseBpftraceVersion(stdout), text };
}

/** Null: not known. */
export async function inHostPidNamespace(host: Host): Promise<boolean | null> {
  try {
    return (await host.readLink("/proc/self/ns/pid")) === HOST_PID_NAMESPACE;
  } catch {
    return null;
  }
}

async function exists(host: Host, path: string): Promise<boolean> {
  return host.identify(path).then(
    () => true,
    () => false,
  );
}

async function lists(host: Host, path: string): Promise<boolean> {
  return host.listDir(path).then(
    () => true,
    () => false,
  );
}

async function readLine(host: Host, path: string): Promise<string | null> {
  return (await readOrNull(host, path))?.trim() || null;
}

async function readNumber(host: Host, path: string): Promise<number | null> {
  const text = await readLine(host, path);
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** What stands between this machine and tracing, in the order in which to clear it away, each with its cure. */
import { isOlder, OLDEST_BPFTRACE, printVersion } from "./bpftrace-version.ts";
import type { Capabilities } from "./capabilities.ts";
import { mayLoadProbes } from "./rights.ts";

export type ObstacleId =
  | "not-linux"
  | "not-root"
  | "no-capabilities"
  | "pid-namespace"
  | "no-bpftrace"
  | "old-bpftrace"
  | "no-tracefs"
  | "no-setpriv"
  | "lockdown"
  | "no-btf";

export type Obstacle = {
  readonly id: ObstacleId;
  /** Nothing can be traced; otherwise something is only less good. */
  readonly blocks: boolean;
  /** What failed: "cannot trace", "cannot use fentry". */
  readonly what: string;
  /** What was found: "uid 1000". */
  readonly value: string;
  readonly why: string;
  readonly hint: string;
};

type Check = (found: Capabilities) => Obstacle | null;

const CHECKS: readonly Check[] = [
  notLinux,
  notRoot,
  noCapabilities,
  pidNamespace,
  noBpftrace,
  oldBpftrace,
  noTracefs,
  noSetpriv,
  lockdown,
  noBtf,
];

export function findObstacles(found: Capabilities): readonly Obstacle[] {
  return CHECKS.map((check) => check(found)).filter((obstacle) => obstacle !== null);
}

/** The one to show and stop at (exit 3); null: try to attach. */
export function findBlocker(found: Capabilities): Obstacle | null {
  return findObstacles(found).find((obstacle) => obstacle.blocks) ?? null;
}

/** Two lines, for stderr. */
export function renderObstacle({ what, value, why, hint }: Obstacle): string {
  return `${what}: ${why} (${value})\nhint: ${hint}`;
}

function blocker(id: ObstacleId, value: string, why: string, hint: string): Obstacle {
  return { id, blocks: true, what: "cannot trace", value, why, hint };
}

function notLinux({ system }: Capabilities): Obstacle | null {
  if (system === "Linux") return null;
  const hint = "run it on a Linux host, or read a recording made there: sockleak report FILE";
  return blocker("not-linux", `system ${system ?? "unknown, no /proc"}`, "sockleak reads the Linux kernel", hint);
}

function notRoot({ rights }: Capabilities): Obstacle | null {
  if (rights.euid === 0) return null;
  const hint = "run it with sudo, or read a recording: sockleak report FILE";
  return blocker("not-root", `uid ${rights.euid ?? "unknown"}`, "bpftrace needs root", hint);
}

function noCapabilities({ rights }: Capabilities): Obstacle | null {
  if (rights.euid !== 0 || mayLoadProbes(rights)) return null;
  const why = "this root may not load probes";
  const hint = "in a container: docker run --privileged --pid=host …, or --cap-add SYS_ADMIN --pid=host";
  return blocker("no-capabilities", "neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON", why, hint);
}

function pidNamespace({ hostPidNamespace }: Capabilities): Obstacle | null {
  if (hostPidNamespace !== false) return null;
  const why = "process ids here are not the kernel's, so the wrong program would be named";
  const hint = "run it on the host itself, or in a container started with --pid=host";
  return blocker("pid-namespace", "not in the host's pid namespace", why, hint);
}

function noBpftrace({ bpftrace }: Capabilities): Obstacle | null {
  if (bpftrace !== null) return null;
  const hint =
    "install it: apt-get install bpftrace (dnf, zypper: install bpftrace; pacman -S bpftrace; apk add bpftrace)";
  return blocker("no-bpftrace", "no bpftrace in PATH", "bpftrace is not installed", hint);
}

function oldBpftrace({ bpftrace }: Capabilities): Obstacle | null {
  if (bpftrace === null || (bpftrace.version !== null && !isOlder(bpftrace.version, OLDEST_BPFTRACE))) return null;
  const value = `${bpftrace.path}: ${bpftrace.version === null ? `"${bpftrace.text}"` : printVersion(bpftrace.version)}`;
  const why = bpftrace.version === null ? "bpftrace does not tell its version" : "bpftrace is too old";
  const hint = `install bpftrace ${printVersion(OLDEST_BPFTRACE)} or newer (Debian 12, Ubuntu 23.04 and later have it)`;
  return blocker("old-bpftrace", value, why, hint);
}

function noTracefs({ tracefs }: Capabilities): Obstacle | null {
  if (tracefs !== null) return null;
  const hint = "mount -t tracefs tracefs /sys/kernel/tracing (in a container: mount the host's there)";
  return blocker("no-tracefs", "nothing at /sys/kernel/tracing", "tracefs is not mounted", hint);
}

function noSetpriv({ setpriv }: Capabilities): Obstacle | null {
  if (setpriv !== null) return null;
  const why = "setpriv is not installed, without which a bpftrace could outlive sockleak";
  return blocker("no-setpriv", "no setpriv in PATH", why, "install util-linux (apk add setpriv)");
}

/** security/lockdown/lockdown.c: reading kernel memory from BPF is refused from "confidentiality" on. */
function lockdown({ lockdown: level }: Capabilities): Obstacle | null {
  if (level !== "confidentiality") return null;
  const why = "the kernel lets no program read its memory";
  const hint = "boot with lockdown=integrity or without lockdown; it cannot be lowered while running";
  return blocker("lockdown", "lockdown confidentiality", why, hint);
}

function noBtf({ btf }: Capabilities): Obstacle | null {
  if (btf) return null;
  return {
    id: "no-btf",
    blocks: false,
    what: "cannot use fentry",
    value: "no /sys/kernel/btf/vmlinux",
    why: "the kernel has no BTF: probes cannot look into its structures either, unless its headers are installed",
    hint: "boot a kernel built with CONFIG_DEBUG_INFO_BTF (Debian 11, Ubuntu 20.10, Fedora 31 and later have it)",
  };
}

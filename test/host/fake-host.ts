/** A machine that can do everything, less what a test takes away: for combinations that cannot be made for real. */
import type { Host, RunResult } from "../../src/host/port.ts";

export type FakeMachine = {
  /** Path → text; null: not there. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Program → what `--version` prints; null: not installed. */
  readonly programs?: Readonly<Record<string, string | null>>;
  readonly namespaces?: Readonly<Record<string, number>>;
};

const FILES: Readonly<Record<string, string>> = {
  "/proc/sys/kernel/ostype": "Linux\n",
  "/proc/sys/kernel/osrelease": "6.12.9-amd64\n",
  "/proc/sys/kernel/perf_event_paranoid": "2\n",
  "/proc/sys/kernel/unprivileged_bpf_disabled": "2\n",
  "/proc/sys/kernel/kptr_restrict": "1\n",
  "/proc/self/status": "Name:\tnode\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
  "/proc/self/mounts": "tracefs /sys/kernel/tracing tracefs rw 0 0\n",
  "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
  "/sys/kernel/btf/vmlinux": "",
  "/sys/bus/event_source/devices/kprobe": "",
  "/sys/kernel/tracing/events": "",
  "/sys/kernel/tracing/events/sock/inet_sock_set_state": "",
};

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
}

export function fakeHost(machine: FakeMachine = {}): Host {
  const files: Readonly<Record<string, string | null>> = { ...FILES, ...machine.files };
  const links: Readonly<Record<string, string>> = { "/proc/self/ns/pid": "pid:[4026531836]", ...machine.links };
  const programs: Readonly<Record<string, string | null>> = {
    bpftrace: "bpftrace v0.23.2",
    setpriv: "",
    ...machine.programs,
  };
  const read = async (path: string) => files[path] ?? Promise.reject(missing(path));
  return {
    run: async ([program = ""]) => ran(programs[program.replace("/usr/bin/", "")] ?? ""),
    which: async (program) => (programs[program] == null ? null : `/usr/bin/${program}`),
    readFile: read,
    listDir: async (path) => (await read(path)).split("\n"),
    readLink: async (path) => links[path] ?? Promise.reject(missing(path)),
    identify: async (path) => {
      const inode = machine.namespaces?.[path];
      if (inode !== undefined) return { inode, isNamespace: true };
      await read(path);
      return { inode: 1, isNamespace: false };
    },
  };
}

function ran(stdout: string): RunResult {
  return { code: 0, signal: null, stdout: `${stdout}\n`, stderr: "", failure: null };
}

/** Who is measured: what it runs, how one sees that it is attached, and where it says what it lost. A line each. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "./child.ts";
import { newerRoot } from "./tools.ts";

export type Contestant = {
  readonly name: string;
  /** The argv; or why it cannot run here. */
  readonly argv: () => Promise<readonly string[] | string>;
  /** Lines that are looked at, by their beginnings; all are counted. */
  readonly looksAt: readonly string[];
  /** Whether this line says that it is attached. Without: it is when the kernel's buffer is mapped. */
  readonly attached?: (line: string) => boolean;
  /** Events that this line says are lost; NaN: it does not say how many. */
  readonly lost: (line: string) => number;
};

const CLI = join(import.meta.dirname, "../../dist/cli.js");
const PLAIN = join(import.meta.dirname, "plain.bt");

const isProbing = (line: string) => line.startsWith('{"type":"recording"') && !line.includes('"attachment":"census"');
const lostByBpftrace = (line: string) =>
  line.includes("lost_events") ? Number(/\d+/.exec(line)?.[0] ?? Number.NaN) : 0;
const lostByLibbpf = (line: string) => Number(/^lost (\d+) events/i.exec(line)?.[1] ?? 0);

function lostBySockleak(line: string): number {
  if (!line.startsWith('{"type":"gap"')) return 0;
  const { lost } = JSON.parse(line) as { lost: number | null };
  return lost ?? Number.NaN;
}

const sockleak = { looksAt: ['{"type":"recording"', '{"type":"gap"'], attached: isProbing, lost: lostBySockleak };
const bpftrace = {
  looksAt: ['{"type": "value", "data": ["beat"', '{"type": "lost'],
  attached: (line: string) => line.includes('"beat"'),
  lost: lostByBpftrace,
};
const tcpstates = { looksAt: [], lost: lostByLibbpf };

export const CONTESTANTS: readonly Contestant[] = [
  { name: "sockleak lean", ...sockleak, argv: () => sockleakArgv("--mode", "lean") },
  { name: "sockleak lean, code paths", ...sockleak, argv: () => sockleakArgv("--mode", "lean", "--sites") },
  { name: "sockleak full", ...sockleak, argv: () => sockleakArgv() },
  { name: "bpftrace, each transition", ...bpftrace, argv: async () => ["bpftrace", "-f", "json", PLAIN] },
  {
    name: "bpftrace 0.23, the same",
    ...bpftrace,
    argv: () => inRoot("bpftrace", "-f", "json", "-e", readFileSync(PLAIN, "utf8")),
  },
  { name: "tcpstates (libbpf-tools)", ...tcpstates, argv: () => installed("tcpstates") },
  { name: "tcpstates, Debian 13", ...tcpstates, argv: () => inRoot("tcpstates-libbpf") },
  { name: "tcpstates (bcc), Debian 13", ...tcpstates, argv: () => inRoot("tcpstates-bpfcc") },
];

export function contestant(name: string): Contestant {
  const found = CONTESTANTS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no contestant ${name}`);
  return found;
}

/** `--mode` where this sockleak has it. */
async function sockleakArgv(...options: readonly string[]): Promise<readonly string[] | string> {
  const help = await output([process.execPath, CLI, "trace", "--help"]);
  const [option] = options;
  if (option !== undefined && !help.includes(option)) return `not there: this sockleak's trace has no ${option}`;
  return [process.execPath, CLI, "trace", "--json", ...options];
}

async function installed(program: string): Promise<readonly string[] | string> {
  const path = await output(["sh", "-c", `command -v ${program} || true`]);
  return path === "" ? `${program} is not installed` : [path.trim()];
}

/** In the newer Debian's root, which sees this machine's /proc, /sys and /dev, in a mount namespace that goes with it. */
async function inRoot(...argv: readonly string[]): Promise<readonly string[] | string> {
  const root = await newerRoot();
  if (!existsSync(root)) return root;
  const mounts = ["proc", "sys", "dev"].map((name) => `mount --rbind /${name} "$0/${name}"`).join(" && ");
  return [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    `${mounts} && exec chroot "$0" "$@"`,
    root,
    ...argv,
  ];
}

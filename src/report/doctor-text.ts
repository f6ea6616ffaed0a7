/** What `doctor` found, for people. */
import { formatCount } from "../format/count.ts";

export type DoctorDocument = {
  readonly schema: 1;
  /** The attachment that tracing would use; null: none works. */
  readonly uses: string | null;
  readonly facts: {
    readonly kernel: string | null;
    readonly btf: boolean;
    readonly lockdown: string | null;
    readonly euid: number | null;
    readonly capabilities: Readonly<Record<string, boolean>>;
    readonly hostPidNamespace: boolean | null;
    readonly tracefs: string | null;
    readonly tracepoints: Readonly<Record<string, boolean | null>>;
    readonly kprobes: boolean;
    readonly perfEventParanoid: number | null;
    readonly unprivilegedBpfDisabled: number | null;
    readonly kptrRestrict: number | null;
    readonly bpftrace: { readonly path: string; readonly version: string } | null;
    readonly setpriv: string | null;
  };
  readonly attachments: readonly {
    readonly attachment: string;
    /** Null: not tried. */
    readonly works: boolean | null;
    readonly ms: number | null;
    readonly reason: string | null;
  }[];
  /** What top uses, by the attachment above; null: none works. */
  readonly lean: {
    readonly works: boolean;
    readonly reason: string | null;
    readonly maxSockets: number;
    /** Bytes; `sockleakBytes` of this program as it is now. */
    readonly memory: {
      readonly kernelBytes: number;
      readonly bpftraceBytes: number;
      readonly sockleakBytes: number;
    } | null;
  } | null;
  readonly obstacles: readonly {
    readonly what: string;
    readonly value: string;
    readonly why: string;
    readonly hint: string;
  }[];
};

const LABEL_WIDTH = 15;

export function renderDoctor(document: DoctorDocument): string {
  const sections = [machineLines(document.facts), attachmentLines(document), adviceLines(document)];
  return sections.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

function machineLines(facts: DoctorDocument["facts"]): string[] {
  const { bpftrace } = facts;
  return [
    row("kernel", facts.kernel ?? "unknown"),
    row("BTF", facts.btf ? "yes" : "no"),
    row("lockdown", facts.lockdown ?? "unknown (no /sys/kernel/security/lockdown)"),
    row("rights", `uid ${facts.euid ?? "unknown"}; ${listed(facts.capabilities)}`),
    row("pid namespace", known(facts.hostPidNamespace, "the host's", "not the host's")),
    row("tracefs", facts.tracefs ?? "not mounted"),
    row("tracepoints", listed(facts.tracepoints)),
    row("kprobes", facts.kprobes ? "yes" : "no"),
    row("sysctls", sysctls(facts)),
    row("bpftrace", bpftrace === null ? "not installed" : `${bpftrace.version} (${bpftrace.path})`),
    row("setpriv", facts.setpriv ?? "not installed"),
  ];
}

function attachmentLines({ attachments, uses, lean }: DoctorDocument): string[] {
  const lines = attachments.map(({ attachment, works, ms, reason }) => {
    if (works === true) return row(attachment, `works (attached in ${ms} ms)${attachment === uses ? ", used" : ""}`);
    return row(
      attachment,
      `${works === null ? "not tried" : "does not work"}:${indented(reason ?? "no reason given")}`,
    );
  });
  const modes = lean === null ? [] : [row("lean mode", leanText(lean))];
  return ["attachments, best first", ...lines.map((line) => `  ${line}`), ...modes];
}

/** "works, 131,072 sockets at most: 172 MB in all (kernel 96, bpftrace 12, sockleak 64)" */
function leanText({ reason, maxSockets, memory }: NonNullable<DoctorDocument["lean"]>): string {
  if (memory === null) return `does not work:${indented(reason ?? "no reason given")}`;
  const parts = [memory.kernelBytes, memory.bpftraceBytes, memory.sockleakBytes].map((bytes) =>
    Math.round(bytes / 1e6),
  );
  const [kernel, bpftrace, sockleak] = parts;
  const all = parts.reduce((sum, part) => sum + part, 0);
  return `works, ${formatCount(maxSockets)} sockets at most: ${all} MB in all (kernel ${kernel}, bpftrace ${bpftrace}, sockleak ${sockleak})`;
}

function adviceLines({ obstacles, uses }: DoctorDocument): string[] {
  const advice = obstacles.flatMap(({ what, value, why, hint }) => [`${what}: ${why} (${value})`, `hint: ${hint}`]);
  if (uses !== null) return [...advice, `this machine can trace, with ${uses} probes: sockleak top`];
  return advice.length > 0
    ? advice
    : ["cannot trace: no attachment works (reasons above)", `hint: ${NO_ATTACHMENT_HINT}`];
}

const NO_ATTACHMENT_HINT =
  "boot a kernel with CONFIG_KPROBES or with the tracepoint sock:inet_sock_set_state (4.16 and later)";

function row(label: string, value: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${value}`;
}

/** bpftrace's reasons have several lines: then they stand below. */
function indented(text: string): string {
  const lines = text.trim().split("\n");
  return lines.length === 1 ? ` ${lines[0]}` : lines.map((line) => `\n${" ".repeat(LABEL_WIDTH + 4)}${line}`).join("");
}

function known(value: boolean | null, yes: string, no: string): string {
  if (value === null) return "unknown";
  return value ? yes : no;
}

function listed(values: Readonly<Record<string, boolean | null>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${known(value, "yes", "no")}`)
    .join(", ");
}

function sysctls({ perfEventParanoid, unprivilegedBpfDisabled, kptrRestrict }: DoctorDocument["facts"]): string {
  const shown = (value: number | null) => value ?? "unknown";
  return `perf_event_paranoid ${shown(perfEventParanoid)}, unprivileged_bpf_disabled ${shown(unprivilegedBpfDisabled)}, kptr_restrict ${shown(kptrRestrict)}`;
}

/** Where and with what it was measured. */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { output } from "./child.ts";
import { newerRoot } from "./tools.ts";

export async function machineFacts() {
  const root = await newerRoot();
  const said = (argv: readonly string[]) =>
    output(argv).then(
      (text) => text.trim(),
      () => "none",
    );
  return {
    date: new Date().toISOString().slice(0, 16),
    kernel: release(),
    cpus: cpus().length,
    cpu: /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "unknown",
    memoryMb: Math.round(totalmem() / 1e6),
    node: process.version,
    bpftrace: await said(["bpftrace", "--version"]),
    newerBpftrace: await said(["chroot", root, "bpftrace", "--version"]),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg's
    libbpfTools: await said(["dpkg-query", "-W", "-f", "${Version}", "libbpf-tools"]),
    sockleak: await said(["git", "describe", "--always", "--dirty"]),
    load: readFileSync("/proc/loadavg", "utf8").split(" ")[0],
  };
}

export type Machine = Awaited<ReturnType<typeof machineFacts>>;

/** The results as the README shows them: markdown, a row a line of KERNELS. */
import { ATTACHMENTS, type GuestAttachment } from "./capabilities.ts";
import type { Outcome } from "./reporter.ts";
import type { Result } from "./result.ts";

const REASON_MAX = 60;

/** `date`: of the run. */
export function renderTable(results: readonly Result[], date: string): string {
  const heading = ["kernel", "bpftrace", ...ATTACHMENTS, "commands", "minutes", "seen on"];
  const rows = results.map((result) => [
    result.doctor?.facts.kernel ?? result.line.name.split("/")[0] ?? "",
    result.doctor?.facts.bpftrace?.version ?? result.line.name.split("/")[1] ?? "",
    ...ATTACHMENTS.map((attachment) => attachmentCell(result, attachment)),
    summary(result.tests.filter(({ name }) => !ATTACHMENTS.some((one) => isAbout(name, one)))),
    (result.ms / 60_000).toFixed(1),
    date,
  ]);
  return [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function isAbout(name: string, attachment: GuestAttachment): boolean {
  return name.startsWith(`${attachment}: `);
}

function attachmentCell(result: Result, attachment: GuestAttachment): string {
  const trial = result.doctor?.attachments.find((one) => one.attachment === attachment);
  if (trial === undefined) return "not known";
  if (trial.works !== true) return `no: ${shortened(trial.reason ?? "no reason given")}`;
  const eof = attachment === "tracepoint" && result.found?.includes("tracepoint-eof") === false;
  return `${summary(result.tests.filter(({ name }) => isAbout(name, attachment)))}${eof ? ", no EOF reads" : ""}`;
}

function summary(tests: readonly Outcome[]): string {
  const failed = tests.filter(({ outcome }) => outcome === "failed").length;
  if (tests.every(({ outcome }) => outcome === "skipped")) return "not run";
  return failed > 0 ? `FAILED (${failed} of ${tests.length})` : "passed";
}

function shortened(reason: string): string {
  const line = reason.replaceAll("|", "/").replaceAll("\n", " ");
  return line.length > REASON_MAX ? `${line.slice(0, REASON_MAX - 1)}…` : line;
}

/**
 * One finding in one sentence: who, how many, towards whom, in what way, for how long, how fast, and when it is full.
 * Where the room is short, what matters least goes first.
 */
import type { Age } from "../analysis/finding.ts";
import type { DocumentFinding } from "../analysis/findings-document.ts";
import { placeOf, whoOf } from "../analysis/place.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { plural } from "../format/plural.ts";
import { formatRate } from "../format/rate.ts";
import { type Block, type Hang, hang, type Page } from "./list-page.ts";

/** How much is said, from all to what must be. */
type Detail = { readonly context: number; readonly reasons: boolean; readonly about: boolean };

const SHORTEST: Detail = { context: 0, reasons: false, about: false };
const DETAILS: readonly Detail[] = [
  { context: 48, reasons: true, about: true },
  { context: 48, reasons: false, about: true },
  { context: 24, reasons: false, about: false },
  { context: 12, reasons: false, about: false },
  SHORTEST,
];
/** The kernel's names have 15 bytes; a recording may hold anything. */
const COMM_COLUMNS = 24;

/** At most `most` lines; `prefix` is said before it. */
export function headlineOf(
  finding: DocumentFinding,
  { prefix = "", most, ...hung }: Hang & { readonly prefix?: string; readonly most: number },
  page: Page,
): Block {
  const say = (detail: Detail) => prefix + sentence(finding, detail, page);
  const blocks = DETAILS.map((detail) => hang(say(detail), hung, page));
  return blocks.find(({ length }) => length <= most) ?? hang(say(SHORTEST), { ...hung, most }, page);
}

/** "java 4121" */
export function nameOf({ process }: DocumentFinding, { safe }: Page): string {
  return process === null ? "a process not known" : whoOf({ pid: process.pid, comm: safe(process.comm, COMM_COLUMNS) });
}

function sentence(finding: DocumentFinding, detail: Detail, page: Page): string {
  const context = detail.context === 0 ? "" : contextOf(finding, detail.context, page);
  const who = nameOf(finding, page) + (context === "" ? "" : ` (${context})`);
  const where = page.safe(placeOf(finding));
  const what = `${deed(finding)}${where === "" ? "" : ` ${where}`} (${finding.kind})`;
  const again = finding.lookAgainMs === null ? "" : `; look again in ${formatDuration(finding.lookAgainMs)}`;
  const why = finding.standing === "listed" && detail.reasons ? `: ${page.safe(finding.because)}` : "";
  return `${who} ${what} for ${ageText(finding.oldest)}${rateText(finding, detail)}${fdsText(finding, detail)}${again}${why}`;
}

/** Where it runs, as its operators name it: pod, container, service; else what it was started as. */
function contextOf({ process }: DocumentFinding, columns: number, { safe }: Page): string {
  if (process === null) return "";
  const { pod, container, unit, args } = process;
  if (pod !== null) return safe(`pod ${pod}`, columns);
  if (container !== null) return safe(`container ${container.slice(0, 12)}`, columns);
  // A login's scope or user manager says who started it, not what it is.
  if (unit?.endsWith(".service") && !unit.startsWith("user@")) return safe(unit, columns);
  return safe(programText(args), columns);
}

/** "shop.jar", "api.py serve": what an interpreter was told to run, without options and folders. */
function programText([, ...args]: readonly string[]): string {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words.map((word) => (word.startsWith("/") ? (word.split("/").at(-1) ?? word) : word)).join(" ");
}

/** A leak that is at least likely: anything less only may be one. */
export function isSure({ standing, confidence }: Pick<DocumentFinding, "standing" | "confidence">): boolean {
  return standing === "leak" && confidence !== "possible";
}

function deed(finding: DocumentFinding): string {
  const { kind, count, standing } = finding;
  const sure = isSure(finding);
  if (kind === "never-accepted") {
    const what = plural(count, "connection");
    return standing === "listed" ? `has not yet accepted ${what}` : `${sure ? "does" : "may"} not accept ${what}`;
  }
  if (standing === "listed") return `holds ${plural(count, "socket")}`;
  return `${sure ? "leaks" : "may leak"} ${plural(count, "socket")}`;
}

/** "at least 2 d 4 h", "2 d 4 h to 5 d", "61 s" */
export function ageText({ minMs, maxMs, basis }: Age): string {
  const least = formatDuration(minMs);
  if (maxMs === null) return basis === "traced" ? least : `at least ${least}`;
  const most = formatDuration(maxMs);
  return least === most ? least : `${least} to ${most}`;
}

function rateText({ growth, growthUnknown, standing }: DocumentFinding, { reasons }: Detail): string {
  if (growth === null) return reasons && standing === "leak" ? `, rate not known (${growthUnknown})` : "";
  if (growth.perHour === 0) return `, not growing for ${formatDuration(growth.windowMs)}`;
  return `, about ${formatRate(growth.perHour)}`;
}

/** Of a leak only: what may close its sockets yet is no danger to the limit. */
function fdsText({ fds, standing }: DocumentFinding, { about }: Detail): string {
  if (fds === null || standing !== "leak") return "";
  const used = formatCount(fds.used);
  if (fds.limit === null) return `; fds ${used}`;
  return `; fds ${used} of ${formatCount(fds.limit)}${fullText(fds.exhaustedInMs, about)}`;
}

function fullText(exhaustedInMs: number | null, about: boolean): string {
  if (exhaustedInMs === null) return "";
  if (exhaustedInMs <= 0) return ", full now";
  return `, full in ${about ? "about " : ""}${formatDuration(exhaustedInMs)}`;
}

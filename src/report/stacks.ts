/** Code paths of the findings as stacks with weights: what flame graphs are drawn from. */
import type { DocumentFinding, FindingsDocument } from "../analysis/findings-document.ts";
import { groupsOf } from "../analysis/groups.ts";
import { frameText } from "../analysis/site-words.ts";
import { safeText } from "../format/safe-text.ts";
import type { Frame } from "../model/site.ts";

export type Stack = {
  /** "java 4121, eof-ignored, opened": whose, in what way, and what was done there. */
  readonly tower: string;
  /** Outermost first. */
  readonly frames: readonly Frame[];
  /** Sockets. */
  readonly leaked: number;
};

/** Of leaks and suspects; most first within each. Without names a path is one frame that says so. */
export function stacksOf({ findings }: FindingsDocument): readonly Stack[] {
  return findings.filter(({ standing }) => standing !== "listed").flatMap(ofFinding);
}

function ofFinding({ process, kind, sites }: DocumentFinding): readonly Stack[] {
  const who = process === null ? "nobody" : `${process.comm} ${process.pid}`;
  return sites.map(({ role, frames, leaked }) => ({
    tower: `${who}, ${kind}, ${role}`,
    frames: frames.length === 0 ? [UNNAMED] : frames.toReversed(),
    leaked,
  }));
}

const UNNAMED: Frame = { address: "0", function: "[not resolved]", file: null, line: null, object: null, offset: null };

/** For flamegraph.pl and speedscope: "java 4121, eof-ignored, opened;main (app.c:99);dial (net.c:12) 23", a line each. */
export function renderFolded(document: FindingsDocument): string {
  return stacksOf(document)
    .map(({ tower, frames, leaked }) => `${[tower, ...frames.map(frameText)].map(folded).join(";")} ${leaked}\n`)
    .join("");
}

/** ";" parts frames, and the last blank the count. */
function folded(raw: string): string {
  return safeText(raw).replaceAll(";", ":");
}

/** speedscope's own format (https://www.speedscope.app/file-format-schema.json): a profile for each tower. */
export function renderSpeedscope(document: FindingsDocument): object {
  const places = new Map<string, number>();
  const frames: object[] = [];
  const place = (frame: Frame): number => {
    const name = safeText(frameText(frame));
    const known = places.get(name);
    if (known !== undefined) return known;
    const { file, line } = frame;
    places.set(name, frames.length);
    return frames.push({ name, ...(file !== null && { file: safeText(file) }), ...(line !== null && { line }) }) - 1;
  };
  const towers = groupsOf(stacksOf(document), ({ tower }) => tower);
  const profiles = [...towers].map(([tower, stacks]) => ({
    ...{ type: "sampled", name: safeText(tower), unit: "none", startValue: 0 },
    endValue: stacks.reduce((sum, { leaked }) => sum + leaked, 0),
    samples: stacks.map((stack) => stack.frames.map(place)),
    weights: stacks.map(({ leaked }) => leaked),
  }));
  const $schema = "https://www.speedscope.app/file-format-schema.json";
  return { $schema, name: "sockets not closed", exporter: "sockleak", shared: { frames }, profiles };
}

/** What is missing from the picture, and what that means. */
import { wrap } from "../format/columns.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { CensusView } from "../model/snapshot.ts";
import { ascii, cell, type Line } from "./cells.ts";
import { lossText, type Shown } from "./header.ts";

export function gapsTitle({ analysis }: Shown): string {
  return analysis.complete ? "nothing is missing" : "the picture is not complete";
}

/** What the censuses have put right, and at what price. */
function censusText({ rounds, last, corrections }: CensusView, atUs: number): string {
  const { owner, state, closed, added } = corrections;
  const ago = `${formatDuration((atUs - last.toUs) / 1_000)} ago`;
  const next = last.nextMs === null ? "" : `, the next due ${formatDuration(last.nextMs)} after it`;
  const found = `owners found ${owner}, states ${state}, closes ${closed}, sockets added ${added}`;
  return `${formatCount(rounds)} censuses, the last ${ago} for ${formatCount(last.costMs)} ms of CPU${next}. Put right: ${found}.`;
}

export function gapLines({ snapshot, analysis, status }: Shown, columns: number): Line[] {
  const { gaps, atUs, illegalMoves, ended, events } = snapshot;
  const texts = [`${formatCount(events)} events were taken in.`];
  if (snapshot.census !== null) texts.push(censusText(snapshot.census, atUs));
  if (gaps.count > 0) texts.push(`${lossText(snapshot)}.`);
  if (gaps.last !== null)
    texts.push(`Last gap ${formatDuration((atUs - gaps.last.atUs) / 1_000)} ago: ${ascii(gaps.last.text)}`);
  if (illegalMoves > 0)
    texts.push(`${formatCount(illegalMoves)} moves that the kernel cannot make: events before them were not seen.`);
  if (status !== null) texts.push(`Source: ${ascii(status)}`);
  if (ended !== null) texts.push(`Ended: ${ascii(ended)}`);
  if (analysis.why.length > 0) texts.push("Not complete because:", ...analysis.why.map((why) => `- ${ascii(why)}`));
  return texts.flatMap((text) => wrap(text, columns)).map((text) => [cell(text)]);
}

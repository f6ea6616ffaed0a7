/** The code paths of the chosen process, as a tree: how many leaked, were opened and were closed along each. */
import type { Suspect } from "../analysis/finding.ts";
import { siteTree, useTree } from "../analysis/site-tree.ts";
import { fitCount, formatCount } from "../format/count.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { ascii, cell, fixed, type Line } from "./cells.ts";

const COUNT_COLUMNS = 7;
const INDENT = "  ";

export type SitesTable = { readonly title: string; readonly head: Line; readonly lines: readonly Line[] };

export function sitesTable(suspect: Suspect | undefined, { code, recording }: Snapshot, columns: number): SitesTable {
  const head: Line = [
    cell(`${["LEAKED", "OPENED", "CLOSED"].map((name) => name.padStart(COUNT_COLUMNS)).join(" ")}  CODE PATH`, "head"),
  ];
  if (suspect === undefined || suspect.pid === null) return { title: "no process", head, lines: [] };
  const told = { sockets: suspect.sockets, code };
  const rows = [...siteTree(suspect.pid, told), ...useTree(told)];
  const name = `${ascii(suspect.comm ?? "?", 24)} ${suspect.pid}`;
  const counted = code.counted || rows.length === 0 ? "" : ", not counted";
  const unsited = code.unsited === 0 ? "" : `, ${formatCount(code.unsited)} calls of all processes without one`;
  const lines = rows.map(({ depth, text, leaked, opened, closed }): Line => {
    const counts = [leaked, opened, closed].map((count) => fitCount(count, COUNT_COLUMNS).padStart(COUNT_COLUMNS));
    const path = `${INDENT.repeat(depth)}${ascii(text)}`;
    const room = columns - 3 * (COUNT_COLUMNS + 1) - 1;
    return [cell(`${counts.join(" ")}  ${fixed(path, room)}`, leaked > 0 ? "alarm" : "plain")];
  });
  const none: Line = [
    cell(
      recording === null || recording.attachment === "census"
        ? "no probes: no code paths"
        : "none was seen: what stood before probes were attached has none",
      "dim",
    ),
  ];
  return {
    title: `${name}: code paths that open connections${counted}${unsited}`,
    head,
    lines: rows.length === 0 ? [none] : lines,
  };
}

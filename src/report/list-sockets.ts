/**
 * The sockets of one finding, aligned. Where the page is too narrow, the columns that matter least go, and of our own
 * address only the port stays.
 *
 *   OURS           THEIRS              STATE       FOR       FD  UNREAD  EPOLL    HELD BY
 *   10.0.0.1:8080  10.0.0.9:40001      CLOSE_WAIT  >=2d4h    17       0  no-read  4121
 */
import type { DocumentFinding, DocumentSocket } from "../analysis/findings-document.ts";
import { formatAddress } from "../format/address.ts";
import { type Align, pad } from "../format/columns.ts";
import { formatCount } from "../format/count.ts";
import { formatShortDuration } from "../format/duration.ts";
import { displayWidth } from "../format/width.ts";
import type { Block, Page } from "./list-page.ts";

type Column = {
  readonly title: string;
  readonly align: Align;
  readonly cell: (socket: DocumentSocket) => string;
  /** The highest goes first; 0 stays. */
  readonly spare: number;
};

const INDENT = "  ";
const HOLDERS_SHOWN = 3;

export function socketTable(finding: DocumentFinding, { columns }: Page): Block {
  const { sockets } = finding;
  if (sockets.length === 0) return [];
  const table = fitted(sockets, columns - INDENT.length);
  const widths = table.map((column) => widthOf(column, sockets));
  const row = (cells: readonly string[]) =>
    (INDENT + cells.map((cell, index) => pad(cell, widths[index] ?? 0, table[index]?.align)).join("  ")).trimEnd();
  const head = { text: row(table.map(({ title }) => title)), style: "dim" } as const;
  const rows = sockets.map((socket) => ({ text: row(table.map(({ cell }) => cell(socket))), style: "plain" }) as const);
  const more = finding.count - sockets.filter(({ standing }) => standing === finding.standing).length;
  const rest = more > 0 ? [{ text: `${INDENT}and ${formatCount(more)} more`, style: "dim" } as const] : [];
  return [head, ...rows, ...rest];
}

const left = (title: string, cell: Column["cell"], spare = 0): Column => ({ title, cell, spare, align: "left" });
const right = (title: string, cell: Column["cell"], spare = 0): Column => ({ title, cell, spare, align: "right" });

const OURS = left("OURS", ({ local }) => formatAddress(local), 4);
const OUR_PORT = left("OURS", ({ local }) => (local === null ? "?" : `:${local.port}`));

const COLUMNS: readonly Column[] = [
  OURS,
  left("THEIRS", ({ remote }) => formatAddress(remote)),
  left("STATE", ({ state }) => state),
  right("FOR", forText),
  right("FD", ({ fd }) => (fd === null ? "?" : String(fd))),
  right("UNREAD", ({ unreadBytes }) => (unreadBytes === null ? "?" : formatCount(unreadBytes)), 1),
  left("EPOLL", ({ epoll }) => epoll ?? "?", 2),
  left("HELD BY", heldBy, 3),
  right("INODE", ({ inode }) => (inode === null ? "?" : String(inode)), 5),
  right("NETNS", ({ netns }) => (netns === null ? "?" : String(netns)), 6),
];

function fitted(sockets: readonly DocumentSocket[], room: number): readonly Column[] {
  let kept = COLUMNS;
  for (;;) {
    const width = kept.reduce((sum, column) => sum + widthOf(column, sockets) + 2, -2);
    const spare = kept.reduce((most, column) => (column.spare > most.spare ? column : most));
    if (width <= room || spare.spare === 0) return kept;
    kept =
      spare === OURS ? kept.map((column) => (column === OURS ? OUR_PORT : column)) : kept.filter((c) => c !== spare);
  }
}

function widthOf({ title, cell }: Column, sockets: readonly DocumentSocket[]): number {
  return sockets.reduce((most, socket) => Math.max(most, displayWidth(cell(socket))), title.length);
}

function forText({ oldest: { minMs, maxMs, basis } }: DocumentSocket): string {
  const least = formatShortDuration(minMs);
  if (maxMs === null) return basis === "traced" ? least : `>=${least}`;
  const most = formatShortDuration(maxMs);
  return least === most ? least : `${least}-${most}`;
}

function heldBy({ holders }: DocumentSocket): string {
  const pids = [...new Set(holders.map(({ pid }) => pid))];
  if (pids.length === 0) return "?";
  return `${pids.slice(0, HOLDERS_SHOWN).join(" ")}${pids.length > HOLDERS_SHOWN ? ` +${pids.length - HOLDERS_SHOWN}` : ""}`;
}

/**
 * Suppressions, TOML: what is known to be all right, and why.
 *
 *   [[suppress]]
 *   reason = "the driver keeps its pool until the process ends: PROJ-123"     must be given
 *   kind = "eof-unread"        program = "python3 *"        peer = "10.0.0.0/8"
 *   port = 5432                site = "src/pool.ts:*"       id = "…"            at least one of them
 */
import { isIP } from "node:net";
import { parse, type TomlTable } from "smol-toml";
import { KINDS } from "../../analysis/finding.ts";
import type { Suppression } from "../../gate/known.ts";
import { CommandError, EXIT } from "../io.ts";
import { nameTest, peerTest } from "../match.ts";

const MATCHERS = ["id", "kind", "program", "peer", "port", "site"] as const;
const KEYS: readonly string[] = ["reason", ...MATCHERS];

/** Errors (CommandError, 2), with the entry that they are about. */
export function parseSuppressions(text: string, file: string): readonly Suppression[] {
  const { suppress = [], ...more } = tableOf(text, file);
  const [other] = Object.keys(more);
  if (other !== undefined) throw wrong(file, `"${other}" is none of its tables: [[suppress]]`);
  if (!Array.isArray(suppress)) throw wrong(file, "suppressions are written as [[suppress]], each with a reason");
  return suppress.map((entry, index) => suppressionOf(entry as TomlTable, `${file}: suppression ${index + 1}`));
}

function tableOf(text: string, file: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    throw wrong(file, (error as Error).message.split("\n")[0] ?? "no TOML");
  }
}

function suppressionOf(entry: TomlTable, where: string): Suppression {
  const unknown = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(where, `"${unknown}" is none of ${KEYS.join(", ")}`);
  const reason = textIn(entry, "reason", where);
  if (reason === undefined || reason.trim() === "") throw wrong(where, "it has no reason");
  if (!MATCHERS.some((key) => key in entry)) throw wrong(where, `it names none of ${MATCHERS.join(", ")}`);
  const [id, kind, program, peer, site] = (["id", "kind", "program", "peer", "site"] as const).map((key) =>
    textIn(entry, key, where),
  );
  if (kind !== undefined && !KINDS.some((name) => name === kind))
    throw wrong(where, `kind is one of ${KINDS.join(", ")}`);
  if (peer !== undefined && isIP(peer.split("/")[0] ?? "") === 0) throw wrong(where, "peer is an address or a network");
  const port = portIn(entry, where);
  const line = MATCHERS.flatMap((key) => (key in entry ? [`${key} ${entry[key]}`] : [])).join(", ");
  return {
    reason,
    line,
    ...(id !== undefined && { id: nameTest(id) }),
    ...(kind !== undefined && { kind }),
    ...(program !== undefined && { program: nameTest(program) }),
    ...(peer !== undefined && { peer: peerTest(peer) }),
    ...(port !== undefined && { port }),
    ...(site !== undefined && { site: nameTest(site) }),
  };
}

function textIn(entry: TomlTable, key: string, where: string): string | undefined {
  const value = entry[key];
  if (value === undefined || typeof value === "string") return value;
  throw wrong(where, `${key} is text in quotes`);
}

function portIn({ port }: TomlTable, where: string): number | undefined {
  if (port === undefined || (typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536))
    return port;
  throw wrong(where, "port is a number from 1 to 65535");
}

function wrong(where: string, what: string): CommandError {
  return new CommandError(EXIT.usage, { message: `${where}: ${what}`, hint: "docs/gate.md shows the file" });
}

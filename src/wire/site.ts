/** The schemas of the events about code paths (model/site.ts). Part of specification.ts. */
import { Type } from "@sinclair/typebox";
import { count, list, ofSocket, oneOf, open, orNull, stamp } from "./terms.ts";

const address = Type.String({ pattern: "^[0-9a-f]{1,16}$", description: "hexadecimal" });
const site = count("number of a process and a user stack");
const frame = Type.Object(
  {
    address,
    function: orNull(Type.String()),
    file: orNull(Type.String()),
    line: orNull(count("line of the file")),
    object: orNull(Type.String({ description: "the mapped file" })),
    offset: orNull(count("in the object, as addr2line takes it")),
    inlined: Type.Optional(Type.Literal(true, { description: "compiled into the next one" })),
  },
  open,
);

const standing = Type.Object(
  { tid: count("thread, in the host's pid namespace"), name: Type.String(), frames: list(frame) },
  { ...open, description: "a thread that opened sockets, and where it stood when asked" },
);

export const SITE_SCHEMAS = {
  site: Type.Object(
    {
      type: Type.Literal("site"),
      ...stamp,
      site,
      pid: count("process, in the host's pid namespace"),
      did: oneOf("accept", "connect", "close", "read", "write"),
      ip: address,
      near: list(address),
      chain: list(address),
      words: Type.Optional(list(Type.Object({ at: count("8-byte words above the stack pointer"), address }, open))),
    },
    open,
  ),
  path: Type.Object(
    { type: Type.Literal("path"), ...ofSocket, role: oneOf("opened", "eof-read", "last-used"), site },
    open,
  ),
  paths: Type.Object(
    {
      type: Type.Literal("paths"),
      ...stamp,
      opened: list(Type.Object({ site, count: count("connections opened there") }, open)),
      closed: list(Type.Object({ opened: site, site, count: count("closed there") }, open)),
      unsited: count("openings and closings without a number"),
      overrun: Type.Optional(Type.Literal(true, { description: "more paths than are counted: counts stand still" })),
    },
    open,
  ),
  symbol: Type.Object(
    {
      type: Type.Literal("symbol"),
      ...stamp,
      site,
      frames: list(frame),
      notes: list(Type.String()),
      standing: Type.Optional(list(standing)),
    },
    open,
  ),
};

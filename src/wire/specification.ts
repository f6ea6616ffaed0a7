/**
 * The stream's specification: every event type of schema 1, as printed, recorded and read back.
 * model/event.ts has the same shapes as plain types; `Same` below makes the compiler compare the two.
 */
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import type { Event, EventType } from "../model/event.ts";
import { CENSUS_SCHEMAS } from "./census.ts";
import { SCHEMA } from "./schema-version.ts";
import { SITE_SCHEMAS } from "./site.ts";
import { count, ofSocket, oneOf, open, orNull, stamp, state } from "./terms.ts";

const actor = {
  pid: count("process, in the host's pid namespace"),
  tid: count("thread, in the host's pid namespace"),
  comm: Type.String({ description: "name of the process, raw" }),
};
const fd = orNull(count("file descriptor"));
const totals = Type.Object(
  {
    events: count("events of the stream, this one included"),
    gaps: count("gaps"),
    lost: count("events missing, where known"),
  },
  open,
);
export const EVENT_SCHEMAS = {
  recording: Type.Object(
    {
      type: Type.Literal("recording"),
      ...stamp,
      schema: Type.Literal(SCHEMA),
      host: Type.String(),
      kernel: Type.String(),
      bootId: Type.String(),
      attachment: oneOf("fentry", "kprobe", "tracepoint", "census"),
      bpftrace: orNull(Type.String()),
      mode: oneOf("full", "lean", "census"),
      filters: Type.Record(Type.String(), Type.String()),
      wallMs: Type.Number({ description: "milliseconds since 1970 at atUs" }),
    },
    open,
  ),
  state: Type.Object(
    {
      type: Type.Literal("state"),
      ...ofSocket,
      from: state,
      to: state,
      inferred: Type.Optional(Type.Literal(true, { description: "not seen itself: implied by the next event" })),
      recvQ: Type.Optional(count("lean: bytes unread when this was told, the FIN counted as one")),
    },
    open,
  ),
  open: Type.Object(
    {
      type: Type.Literal("open"),
      ...ofSocket,
      ...actor,
      how: oneOf("accept", "connect"),
      fd,
      queuedUs: orNull(count("microseconds from ESTABLISHED to accept()")),
      learned: oneOf("inet_csk_accept", "security_sock_graft", "sys_exit_accept", "inet_sock_set_state"),
    },
    open,
  ),
  read: Type.Object({ type: Type.Literal("read"), ...ofSocket, ...actor, fd }, open),
  shutdown: Type.Object(
    { type: Type.Literal("shutdown"), ...ofSocket, ...actor, how: oneOf("read", "write", "both"), fd },
    open,
  ),
  close: Type.Object(
    {
      type: Type.Literal("close"),
      ...ofSocket,
      how: oneOf("close", "tcp_close", "destroyed", "replaced"),
      pid: orNull(actor.pid),
      tid: orNull(actor.tid),
      comm: orNull(actor.comm),
      fd,
      exiting: orNull(Type.Boolean({ description: "the process was exiting: nobody called close()" })),
    },
    open,
  ),
  ...SITE_SCHEMAS,
  ...CENSUS_SCHEMAS,
  gap: Type.Object(
    {
      type: Type.Literal("gap"),
      ...stamp,
      why: oneOf("lost", "unreadable", "recursion", "restart", "late", "overload", "map-full", "unwritten", "cut"),
      lost: orNull(count("events missing; null: nobody can know")),
      text: Type.String(),
    },
    open,
  ),
  tick: Type.Object(
    {
      type: Type.Literal("tick"),
      ...stamp,
      wallMs: Type.Number(),
      counted: Type.Optional(
        Type.Object(
          {
            opened: count("connections begun since the tick before"),
            closed: count("connections ended since the tick before"),
            closers: Type.Array(count("process that had suspects and has closed a connection, told once")),
            longestRunUs: count("microseconds of the longest run of the kernel's own bookkeeping"),
          },
          { ...open, description: "lean mode: most of these are told by no event" },
        ),
      ),
    },
    open,
  ),
  mark: Type.Object(
    {
      type: Type.Literal("mark"),
      ...stamp,
      text: Type.String({ description: "a person's note, or that the clock was set, the machine suspended" }),
    },
    open,
  ),
  end: Type.Object({ type: Type.Literal("end"), ...stamp, why: Type.String(), totals: Type.Optional(totals) }, open),
} satisfies Record<EventType, TSchema>;

type Specified = Static<(typeof EVENT_SCHEMAS)[EventType]>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
const _same: Same<Specified["type"], Event["type"]> = true;
const _fits: [Event] extends [Specified] ? true : never = true;
void [_same, _fits];

/** The JSON Schema of one line of the stream (2020-12). */
export function streamSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `sockleak event, schema ${SCHEMA}`,
    anyOf: Object.values(EVENT_SCHEMAS),
  };
}

const checks = new Map<string, TypeCheck<TSchema>>();

function checkOf(type: EventType): TypeCheck<TSchema> {
  let check = checks.get(type);
  if (check === undefined) {
    check = TypeCompiler.Compile(EVENT_SCHEMAS[type]);
    checks.set(type, check);
  }
  return check;
}

/** Whether a value is an event of its type; unknown keys are allowed, unknown types are not. */
export function isEvent(value: unknown): value is Event {
  if (typeof value !== "object" || value === null) return false;
  const type = (value as { type?: unknown }).type;
  return typeof type === "string" && Object.hasOwn(EVENT_SCHEMAS, type) && checkOf(type as EventType).Check(value);
}

/** `"to": Expected union value, got 99`, of a value that is no event of this type. */
export function whyNoEvent(value: unknown, type: EventType): string {
  const error = checkOf(type).Errors(value).First();
  if (error === undefined) return "it is none";
  const name = error.path.split("/").filter(Boolean).join(".") || type;
  const got = JSON.stringify(error.value)?.slice(0, GOT_MAX) ?? "nothing";
  return `"${name}": ${error.message}, got ${got}`;
}

/** Of a wrong value: enough to find it. */
const GOT_MAX = 60;

/** The JSON Schema of the findings document (analysis/findings-document.ts); the compiler holds one against the other. */
import { type Static, Type } from "@sinclair/typebox";
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { finding } from "./finding-schema.ts";
import { count, flag, list, number, oneOf, orNull, record, text } from "./schema-terms.ts";

export const FINDINGS_SCHEMA = Type.Object(
  {
    schema: Type.Literal(1, { description: "version of this document's shape" }),
    summary: record("the answer in short", {
      verdict: oneOf("unknown: not enough was seen to say; clean: no leak of the known kinds", [
        "leak",
        "suspect",
        "clean",
        "unknown",
      ]),
      leaked: count("sockets of leaks that are at least likely"),
      suspects: count("sockets of leaks that are only possible, and of suspects"),
      worst: orNull(text("id of the most urgent finding that is a leak or a suspect; null: there is none")),
      text: text("one sentence for people"),
    }),
    host: record("where this was seen", {
      name: orNull(text("host name; null: not known")),
      bootId: orNull(text("the kernel's boot id, which the clocks below count within; null: not known")),
      kernel: orNull(text("the kernel's release; null: not known")),
    }),
    observed: record("what was looked at, when, and what was not seen", {
      from: orNull(text("wall clock of fromUs, ISO 8601 in UTC; null: the stream had none")),
      to: orNull(text("wall clock of toUs, ISO 8601 in UTC; null: the stream had none")),
      fromUs: number("first event, microseconds of CLOCK_BOOTTIME"),
      toUs: number("the instant of this document, microseconds of CLOCK_BOOTTIME"),
      mode: orNull(
        oneOf("what was told: full every transition, lean what lasts, census what stood; null: not known", [
          "full",
          "lean",
          "census",
        ]),
      ),
      attachment: orNull(
        oneOf("how the kernel was asked; null: not known", ["fentry", "kprobe", "tracepoint", "census"]),
      ),
      lost: count("events known to be lost; gaps of unknown size are named in why"),
      complete: flag("everything was seen"),
      why: list("why not complete, one clause each; empty where complete", Type.String()),
      census: orNull(
        record("looks at sock_diag and /proc; null: none has ended yet", {
          rounds: count("looks so far"),
          lastUs: number("end of the latest, microseconds of CLOCK_BOOTTIME"),
          namespaces: count("network namespaces looked into by the latest look at everything"),
        }),
      ),
    }),
    findings: list("leaks first, then suspects, then what is none; each by time to limit, then count", finding),
    observations: list(
      "what is no leak of these kinds and worth a word all the same, one sentence each",
      Type.String(),
    ),
    totals: record("connections: opened + standing = closed + live + lost", {
      byState: Type.Unsafe<FindingsDocument["totals"]["byState"]>(
        Type.Record(Type.String(), count("connections in this state"), {
          description: "live connections by TCP state",
        }),
      ),
      opened: count("whose birth was seen"),
      standing: count("there when they were first seen"),
      closed: count("closed and let go of by every process"),
      live: count("neither closed nor lost, CLOSE with an open fd among them"),
      lost: count("whose end was not seen, within declared gaps"),
      listeners: count("listening sockets, in none of the other counts"),
      oldestCloseWaitMs: orNull(count("milliseconds, a lower bound where its begin was not seen; null: no CLOSE_WAIT")),
    }),
  },
  {
    additionalProperties: true,
    title: "sockleak findings, schema 1",
    description: "what list --json and report --json print",
  },
);

type Specified = Static<typeof FINDINGS_SCHEMA>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
const _same: Same<Specified, FindingsDocument> = true;
void _same;

/** JSON Schema 2020-12. */
export function findingsSchema(): object {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...FINDINGS_SCHEMA };
}

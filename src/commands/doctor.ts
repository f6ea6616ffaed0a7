/** `sockleak doctor`: can this machine trace, with which attachment, why not with the others, what to do. */
import { printVersion } from "../host/bpftrace-version.ts";
import { type Capabilities, readCapabilities } from "../host/capabilities.ts";
import { localHost } from "../host/local.ts";
import { findObstacles, type Obstacle } from "../host/obstacle.ts";
import type { Host } from "../host/port.ts";
import type { Attachment } from "../model/event.ts";
import { type DoctorDocument, renderDoctor } from "../report/doctor-text.ts";
import { tryAttach } from "../source/attach.ts";

type ProbeAttachment = Exclude<Attachment, "census">;
type Trial =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly reason: string; readonly ms: number };

export type DoctorOptions = {
  readonly json: boolean;
  /** This machine, unless a test stands in for it. */
  readonly host?: Host;
  readonly tryAttach?: (attachment: ProbeAttachment) => Promise<Trial>;
};

/** Best first: the order in which tracing tries them. */
const ATTACHMENTS: readonly ProbeAttachment[] = ["fentry", "kprobe", "tracepoint"];

export async function doctor(options: DoctorOptions): Promise<{ readonly text: string; readonly code: 0 | 3 }> {
  const found = await readCapabilities(options.host ?? localHost);
  const obstacles = findObstacles(found);
  const attachments = await tryAll(options, obstacles.find(({ blocks }) => blocks) ?? null);
  const uses = attachments.find(({ works }) => works === true)?.attachment ?? null;
  const document: DoctorDocument = { schema: 1, uses, facts: factsOf(found), attachments, obstacles };
  const text = options.json ? `${JSON.stringify(document)}\n` : renderDoctor(document);
  return { text, code: uses === null ? 3 : 0 };
}

/** One after the other: two bpftrace at once would blur the times. */
async function tryAll(options: DoctorOptions, blocker: Obstacle | null): Promise<DoctorDocument["attachments"]> {
  const attempt = options.tryAttach ?? tryAttach;
  const tried: DoctorDocument["attachments"][number][] = [];
  for (const attachment of ATTACHMENTS) {
    if (blocker !== null) tried.push({ attachment, works: null, ms: null, reason: blocker.why });
    else tried.push(shown(attachment, await attempt(attachment)));
  }
  return tried;
}

function shown(attachment: ProbeAttachment, trial: Trial): DoctorDocument["attachments"][number] {
  return { attachment, works: trial.ok, ms: Math.round(trial.ms), reason: trial.ok ? null : trial.reason };
}

function factsOf(found: Capabilities): DoctorDocument["facts"] {
  const { system: _system, rights, bpftrace, ...rest } = found;
  return {
    ...rest,
    ...rights,
    bpftrace: bpftrace && {
      path: bpftrace.path,
      version: bpftrace.version === null ? bpftrace.text : printVersion(bpftrace.version),
    },
  };
}

/** `sockleak doctor`: can this machine trace, with which attachment, why not with the others, what to do. */
import { safeJson } from "../format/safe-json.ts";
import { printVersion } from "../host/bpftrace-version.ts";
import { type Capabilities, readCapabilities } from "../host/capabilities.ts";
import { localHost } from "../host/local.ts";
import { findObstacles, type Obstacle } from "../host/obstacle.ts";
import type { Host } from "../host/port.ts";
import type { Attachment } from "../model/event.ts";
import { type DoctorDocument, renderDoctor } from "../report/doctor-text.ts";
import { type Attempt, tryAttach } from "../source/attach.ts";
import { FULL, LEAN, type Probing } from "../source/script.ts";

type ProbeAttachment = Exclude<Attachment, "census">;

export type DoctorOptions = {
  readonly json: boolean;
  /** This machine, unless a test stands in for it. */
  readonly host?: Host;
  readonly tryAttach?: (attachment: ProbeAttachment, probing: Probing) => Promise<Attempt>;
};

/** Best first: the order in which tracing tries them. */
const ATTACHMENTS: readonly ProbeAttachment[] = ["fentry", "kprobe", "tracepoint"];

export async function doctor(options: DoctorOptions): Promise<{ readonly text: string; readonly code: 0 | 3 }> {
  const found = await readCapabilities(options.host ?? localHost);
  const obstacles = findObstacles(found);
  const attachments = await tryAll(options, obstacles.find(({ blocks }) => blocks) ?? null);
  const uses = ATTACHMENTS.find((_, at) => attachments[at]?.works === true) ?? null;
  const lean = uses === null ? null : leanOf(await (options.tryAttach ?? tryAttach)(uses, LEAN));
  const document: DoctorDocument = { schema: 1, uses, facts: factsOf(found), attachments, lean, obstacles };
  const text = options.json ? `${safeJson(document)}\n` : renderDoctor(document);
  return { text, code: uses === null ? 3 : 0 };
}

/** One after the other: two bpftrace at once would blur the times. */
async function tryAll(options: DoctorOptions, blocker: Obstacle | null): Promise<DoctorDocument["attachments"]> {
  const attempt = options.tryAttach ?? tryAttach;
  const tried: DoctorDocument["attachments"][number][] = [];
  for (const attachment of ATTACHMENTS) {
    if (blocker !== null) tried.push({ attachment, works: null, ms: null, reason: blocker.why });
    else tried.push(shown(attachment, await attempt(attachment, FULL)));
  }
  return tried;
}

function shown(attachment: ProbeAttachment, trial: Attempt): DoctorDocument["attachments"][number] {
  return { attachment, works: trial.ok, ms: Math.round(trial.ms), reason: trial.ok ? null : trial.reason };
}

function leanOf(trial: Attempt): DoctorDocument["lean"] {
  if (!trial.ok) return { works: false, reason: trial.reason, maxSockets: LEAN.maxSockets, memory: null };
  const memory = { ...trial.memory, sockleakBytes: process.memoryUsage.rss() };
  return { works: true, reason: null, maxSockets: LEAN.maxSockets, memory };
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

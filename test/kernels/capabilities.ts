/** What a pair of kernel and bpftrace may be able to do: KERNELS lists it a line, sockleak's own `doctor` tells it in the guest. */
import type { DoctorDocument } from "../../src/report/doctor-text.ts";

export const ATTACHMENTS = ["fentry", "kprobe", "tracepoint"] as const;
export type GuestAttachment = (typeof ATTACHMENTS)[number];

/** `tracepoint-eof`: the tracepoints tell of EOF reads, too (sock:sock_recv_length, Linux 6.3). */
export const CAPABILITIES = [...ATTACHMENTS, "tracepoint-eof"] as const;
export type Capability = (typeof CAPABILITIES)[number];

export function capabilitiesOf({ attachments, facts }: DoctorDocument): readonly Capability[] {
  const works = new Set(attachments.filter(({ works }) => works === true).map(({ attachment }) => attachment));
  if (works.has("tracepoint") && facts.tracepoints["sock/sock_recv_length"] === true) works.add("tracepoint-eof");
  return CAPABILITIES.filter((capability) => works.has(capability));
}

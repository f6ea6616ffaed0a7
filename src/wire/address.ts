/** Addresses as the kernel's %pI6c prints them → as people write them: v4-mapped is v4. */
import type { Address } from "../model/event.ts";

const V4_MAPPED = "::ffff:";

/** Null for text that is no address (a future bpftrace's surprise): unknown is an answer. */
export function parseAddress(text: string, port: number): Address | null {
  if (text.startsWith(V4_MAPPED) && text.includes(".")) return { addr: text.slice(V4_MAPPED.length), port };
  return text.includes(":") || text.includes(".") ? { addr: text, port } : null;
}

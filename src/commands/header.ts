/** What a stream says of the host that it comes from. */
import { hostname, release } from "node:os";
import { boottimeUs } from "../host/boottime.ts";
import { localHost } from "../host/local.ts";
import { readOrNull } from "../host/port.ts";
import type { RecordingEvent } from "../model/event.ts";
import { SCHEMA } from "../wire/schema-version.ts";
import { filtersAsGiven } from "./filter.ts";
import type { FilterOptions } from "./options.ts";

export type Header = Omit<RecordingEvent, "type" | "atUs" | "seq" | "attachment" | "mode" | "bpftrace" | "wallMs">;

export async function readHeader(options: FilterOptions): Promise<Header> {
  const bootId = (await readOrNull(localHost, "/proc/sys/kernel/random/boot_id")) ?? "unknown";
  const host = { host: hostname(), kernel: release(), bootId: bootId.trim() };
  return { schema: SCHEMA, ...host, filters: filtersAsGiven(options) };
}

/** Now, on both clocks. */
export function clock(): { readonly atUs: number; readonly wallMs: number } {
  return { atUs: boottimeUs(), wallMs: Date.now() };
}

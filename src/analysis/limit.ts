/** When does a process run out of file descriptors? */
import type { LimitsEvent } from "../model/census.ts";
import type { ProcessView } from "../model/snapshot.ts";
import type { Finding, Growth } from "./finding.ts";

/** Fewer fds gained, or in less time, are noise: as growth.ts has it of sockets. */
const MIN_GAINED = 5;
const MIN_WINDOW_MS = 30_000;
const HOUR_MS = 3_600_000;

/** By the fds gained since they were first counted; where too little time has passed, by the sockets' growth. */
export function limitOf(limits: ProcessView["limits"], growth: Growth): Finding["fds"] {
  if (limits === null) return null;
  const { used, limit } = limits.last.fds;
  const perHour = fdsPerHour(limits) ?? growth.perHour ?? 0;
  const left = limit === null ? null : Math.max(0, limit - used);
  const exhaustedInMs = left === null || perHour <= 0 ? null : Math.round((left / perHour) * HOUR_MS);
  return { used, limit, exhaustedInMs };
}

function fdsPerHour({ first, last }: { readonly first: LimitsEvent; readonly last: LimitsEvent }): number | null {
  const gained = last.fds.used - first.fds.used;
  const windowMs = (last.atUs - first.atUs) / 1000;
  if (windowMs < MIN_WINDOW_MS || Math.abs(gained) < MIN_GAINED) return null;
  return (gained * HOUR_MS) / windowMs;
}

/** Probes where they can be, else censuses; and where nothing can be looked at, what is to be said. */
import { readCapabilities } from "../../host/capabilities.ts";
import { localHost } from "../../host/local.ts";
import { findBlocker } from "../../host/obstacle.ts";
import { CannotAttach } from "../../source/live.ts";
import { CensusWatcher } from "./census.ts";
import type { RunOptions } from "./options.ts";
import { ProbeWatcher } from "./probes.ts";
import type { Watcher } from "./watcher.ts";

export async function startWatcher(options: RunOptions): Promise<Watcher> {
  const olderThanMs = options.olderThan;
  if (options.census) return new CensusWatcher("no probes were asked for (--census)", { olderThanMs });
  const found = await readCapabilities(localHost);
  const blocker = findBlocker(found);
  if (blocker !== null) return new CensusWatcher(`no probes: ${blocker.why} (${blocker.value})`, { olderThanMs });
  try {
    return await ProbeWatcher.start(found, { olderThanMs, sites: options.sites });
  } catch (error) {
    if (!(error instanceof CannotAttach)) throw error;
    const reason = error.refusals.at(-1)?.reason ?? "no attachment works";
    return new CensusWatcher(`no probes: ${reason}`, { olderThanMs });
  }
}

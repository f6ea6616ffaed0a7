/** A page of made events, written into a file. */
import { writeFileSync } from "node:fs";
import { analyse } from "../../src/analysis/analyse.ts";
import { documentOf } from "../../src/analysis/document.ts";
import type { Analysis } from "../../src/analysis/finding.ts";
import { pageAssets } from "../../src/commands/page.ts";
import { Chronicle } from "../../src/model/chronicle.ts";
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { pageData } from "../../src/report/html/data.ts";
import { renderPage } from "../../src/report/html/page.ts";

export function writePage(path: string, batches: Iterable<readonly Event[]>): Analysis {
  const tracker = new Tracker();
  const chronicle = new Chronicle(tracker);
  let atUs = 0;
  for (const batch of batches) {
    for (const event of batch) {
      tracker.apply(event);
      chronicle.note(event);
      atUs = Math.max(atUs, event.atUs);
    }
  }
  const snapshot = tracker.snapshot(atUs);
  const analysis = analyse(snapshot);
  const document = documentOf(analysis, snapshot);
  const data = pageData({ snapshot, analysis, document, chronicle: chronicle.view() });
  writeFileSync(path, renderPage(data, pageAssets()));
  return analysis;
}

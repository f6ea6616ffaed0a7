/** Writes a made recording: `node --import tsx test/bench/make-recording.ts FILE [EVENTS] [LEAK_PERCENT]`. */

import { isPlain } from "../../src/recording/names.ts";
import { openFile } from "../../src/recording/output.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { make } from "../recording/generate.ts";

const [file = "made.ndjson.gz", events = "10000000", leakPercent = "1"] = process.argv.slice(2);
const recorder = await Recorder.open({
  open: () => openFile(file, { overwrite: true }),
  plain: isPlain(file),
  trouble: (text) => console.error(text),
});
for (const batch of make({ events: Number(events), leakPercent: Number(leakPercent) })) {
  recorder.take(batch);
  do await new Promise((resolve) => setImmediate(resolve));
  while (recorder.waiting > 16);
}
await recorder.close();
console.log(JSON.stringify(recorder.totals));

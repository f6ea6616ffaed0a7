/** A process for kill.test.ts: records a hundred events each hundredth of a second, stamped as they are handed over. */
import { openFile } from "../../src/recording/output.ts";
import { Recorder } from "../../src/recording/recorder.ts";

const recorder = await Recorder.open({
  open: () => openFile(process.argv[2] ?? ""),
  plain: false,
  trouble: console.error,
});
let seq = 0;
setInterval(() => {
  const wallMs = performance.timeOrigin + performance.now();
  recorder.take(
    Array.from({ length: 100 }, () => ({ type: "tick", atUs: Math.round(wallMs * 1000), seq: ++seq, wallMs }) as const),
  );
}, 10);
console.log("ready");

/** A process with a dashboard, for restore.test.ts: ends with 7 when told to quit, and in other ways when asked by signal. */
import { openDashboard } from "../../src/dashboard/screen.ts";
import { analysis, snapshot } from "./sample.ts";

openDashboard({
  snapshot: () => ({ snapshot: snapshot(), analysis: analysis() }),
  status: () => null,
  onQuit: () => process.exit(7),
});

if (process.env.CATCHES === "1") {
  process.on("uncaughtException", ({ message }) => {
    console.error(message);
    process.exit(4);
  });
}

process.on("SIGUSR2", () => {
  throw new Error("boom");
});
process.on("SIGPIPE", () => process.exit(5));

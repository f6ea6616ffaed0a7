/** `sockleak mark TEXT`, and the other end of it in a recorder: notes of people among the events. */
import { listenForMarks, MARK_FOLDER, sendMark } from "../recording/mark-desk.ts";
import { CommandError, EXIT, type Io } from "./io.ts";

const TYPED_MAX = 500;

export async function mark(words: readonly string[], io: Io): Promise<number> {
  const text = words.join(" ").trim();
  if (text === "")
    throw new CommandError(EXIT.usage, { message: "a mark needs a text", hint: "sockleak mark deploy started" });
  const told = await sendMark(text, folder());
  if (told.length === 0) {
    const hint = "start one with 'sockleak record FILE', as the user that you are";
    throw new CommandError(EXIT.cannot, { message: `no recorder was found in ${folder()}`, hint });
  }
  io.err(`marked in ${told.length} ${told.length === 1 ? "recording" : "recordings"}\n`);
  return EXIT.done;
}

/** Marks by `sockleak mark`, by SIGUSR1, and by lines typed into a terminal, until closed. */
export async function takeMarks(mark: (text: string) => void, io: Io): Promise<{ readonly close: () => void }> {
  const bySignal = () => mark("SIGUSR1");
  process.on("SIGUSR1", bySignal);
  const server = await listenForMarks(String(process.pid), mark, folder()).catch((error: Error) => {
    io.err(`marks only by SIGUSR1: ${error.message}\n`);
    return null;
  });
  const byLine = (line: Buffer) => mark(String(line).trim().slice(0, TYPED_MAX) || "Enter");
  // Where our output goes into a pipe, the terminal's keys belong to who reads that.
  const typed = io.terminalInput && io.terminal !== null;
  if (typed) io.stdin.on("data", byLine);
  return {
    close: () => {
      process.off("SIGUSR1", bySignal);
      if (typed) io.stdin.off("data", byLine).pause();
      server?.close();
    },
  };
}

/** Tests, and recorders that are not root's, have a place of their own. */
function folder(): string {
  return process.env.SOCKLEAK_RUN || MARK_FOLDER;
}

/**
 * What is read, until somebody asks to stop. A file is left at once. A pipe's writer has been asked, too, as a rule (^C is for
 * both), and its last words are what it was for: they are waited for, for a while, and then what has come is enough.
 */
import { CommandError, EXIT } from "./io.ts";
import { OrOver } from "./or-over.ts";

/** A recorder needs two seconds to detach its probes and end its recording. */
const LAST_WORDS_MS = 5_000;

type Stopping = { readonly stopped: Promise<void>; readonly isPipe: boolean; readonly lastWordsMs?: number };

/** Errors (CommandError, 4): stopped in the middle of a file. */
export async function* untilStopped<T>(
  from: AsyncIterable<T>,
  { stopped, isPipe, lastWordsMs = LAST_WORDS_MS }: Stopping,
): AsyncGenerator<T> {
  const events = from[Symbol.asyncIterator]();
  const over = new OrOver(isPipe ? stopped.then(() => pause(lastWordsMs)) : stopped);
  try {
    for (;;) {
      const next = await over.or(events.next());
      if (next === null && isPipe) return;
      if (next === null) throw stoppedEarly();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: a read may be under way that never ends.
    void events.return?.().catch(() => {});
  }
}

function stoppedEarly(): CommandError {
  return new CommandError(EXIT.failed, { message: "stopped before the recording was read to its end" });
}

/** Whatever ends sooner does not wait for it. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

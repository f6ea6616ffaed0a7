/**
 * Several files of one host, in the order of time: which belong together, and in which order. Each is known by its first
 * `recording` event.
 */
import type { RecordingEvent } from "../../model/event.ts";
import { Account } from "./account.ts";
import { eventsOf } from "./file.ts";

/** These files are not one recording; the message says why. */
export class NotOne extends Error {
  override readonly name = "NotOne";
}

type Headed = { readonly path: string; readonly head: RecordingEvent };

/** Errors: NotOne; as eventsOf. */
export async function inOrder(given: readonly string[]): Promise<readonly string[]> {
  const paths = [...new Set(given)];
  if (paths.length < 2) return paths;
  if (paths.includes("-")) throw new NotOne("standard input cannot be joined with other files");
  const headed: Headed[] = [];
  for (const path of paths) headed.push({ path, head: await headOf(path) });
  const [first] = headed as [Headed, ...Headed[]];
  for (const { path, head } of headed) {
    if (head.host !== first.head.host) throw new NotOne(`${path} is of another host than ${first.path}`);
    if (head.bootId !== first.head.bootId)
      throw new NotOne(`${path} is of another boot of the host than ${first.path}`);
  }
  return headed.toSorted((a, b) => a.head.atUs - b.head.atUs || a.head.seq - b.head.seq).map(({ path }) => path);
}

async function headOf(path: string): Promise<RecordingEvent> {
  const course = { bytesRead: 0, cut: null };
  for await (const events of eventsOf({ path, stdin: nothing(), account: new Account(), course })) {
    const head = events.find((event) => event.type === "recording");
    if (head !== undefined) return head;
    break;
  }
  throw new NotOne(`${path} does not begin with what it is of`);
}

async function* nothing(): AsyncGenerator<Buffer> {}

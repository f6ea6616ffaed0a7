/** leaker.py, an ordinary program, which oddities put into odd places. */
import { HERE } from "../child.ts";

export function leaker(comm: string): readonly string[] {
  return ["python3", "/repo/test/live/leaker.py", Buffer.from(comm).toString("hex")];
}

/** leak.py, whose sockets are odd. */
export function leak(kind: string): readonly string[] {
  return ["python3", `${HERE}/odd/leak.py`, kind];
}

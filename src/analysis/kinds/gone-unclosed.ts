/** TCP is done with it and it is in no table, yet its fd is open. */
import type { Match, Question, Subject } from "../case.ts";
import type { Confidence } from "../finding.ts";
import { heldText } from "../wording.ts";

export const goneUnclosed: Question = (of) => {
  const { socket, seen } = of;
  if (socket.state !== "CLOSE") return null;
  const foreign = seen !== null && seen.protocol !== null && seen.protocol !== "TCP";
  const canLeak = !foreign && wasConnected(of);
  const confidence = canLeak ? confidenceIn(of) : "possible";
  const doubt = canLeak ? "" : foreign ? `; its protocol is ${seen.protocol}` : "; nothing shows that it was connected";
  return { kind: "gone-unclosed", confidence, because: `${becauseOf(of)}${doubt}`, canLeak } satisfies Match;
};

/** By a probe, by its segments, or because a census saw it in a table with its peer. */
function wasConnected({ socket, seen }: Subject): boolean {
  return socket.traced || socket.remote !== null || (seen?.segsIn ?? 0) > 0;
}

/** Certain when seen leaving, likely when two censuses tell (in a table and out of it, or out of it twice). */
function confidenceIn({ socket, seen, age }: Subject): Confidence {
  if (socket.traced && age.basis === "traced") return "certain";
  if (seen === null || seen.protocol === null) return "possible";
  return socket.remote !== null || (socket.sight?.rounds ?? 0) > 1 ? "likely" : "possible";
}

function becauseOf(of: Subject): string {
  if (of.age.basis === "traced") return `TCP ended it, no close for ${heldText(of)}`;
  return `open, and in no table of TCP for ${heldText(of)}`;
}

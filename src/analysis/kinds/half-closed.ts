/** Our half is closed and the fd is kept: legitimate while the peer still sends, a leak when they become more and more. */
import type { TcpState } from "../../model/state.ts";
import type { Match, Question } from "../case.ts";
import { heldText } from "../wording.ts";

const OUR_HALF_CLOSED: ReadonlySet<TcpState> = new Set(["FIN_WAIT1", "FIN_WAIT2", "CLOSING", "LAST_ACK"]);

export const halfClosed: Question = (of) => {
  const { socket, seen, course } = of;
  if (!OUR_HALF_CLOSED.has(socket.state)) return null;
  const how = socket.shutdown ? "shut down" : "our half is closed";
  const grows = course.trend === "grows";
  const because = `${how}, no close, ${socket.state} for ${heldText(of)}${grows ? "; they become more" : ""}`;
  const held = socket.shutdown || (seen?.holders.length ?? 0) > 0;
  const confidence = held && !grows ? "certain" : "likely";
  return { kind: "half-closed", confidence, because, canLeak: grows } satisfies Match;
};

/** MPTCP: each connection is a socket of another protocol above TCP's. */
import type { Oddity } from "./oddity.ts";
import { leak } from "./plain.ts";

export const mptcp: Oddity = {
  name: "MPTCP",
  argv: leak("mptcp"),
  comm: "python3",
  traced: "unanalysed",
  listed: "",
  why: /MPTCP/,
};

/** What the others are measured by. */
import type { Oddity } from "./oddity.ts";
import { leaker } from "./plain.ts";

const comm = "leaker";

export const ordinary: Oddity = {
  name: "an ordinary program",
  argv: leaker(comm),
  comm,
  traced: "owned",
  listed: "eof-ignored 23",
  why: null,
};

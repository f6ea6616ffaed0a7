/** TCP Fast Open: data in the SYN, and a child that is accepted before its handshake is over. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Oddity } from "./oddity.ts";
import { leak } from "./plain.ts";

const CLIENT_AND_SERVER = "3";
/** The first one asks for the cookie. */
const FAST = 22;

export const fastOpen: Oddity = {
  name: "TCP Fast Open",
  argv: leak("fast-open"),
  comm: "python3",
  prepare: () => writeFileSync("/proc/sys/net/ipv4/tcp_fastopen", CLIENT_AND_SERVER),
  check: ({ fast }) => assert.equal(fast, FAST),
  traced: "owned",
  listed: "eof-ignored 23",
  why: null,
};

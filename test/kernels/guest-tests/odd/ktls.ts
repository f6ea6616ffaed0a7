/** kTLS: the kernel decrypts, and reads pass tcp_recvmsg by. */
import type { Oddity } from "./oddity.ts";
import { leak } from "./plain.ts";

export const ktls: Oddity = {
  name: "kTLS",
  argv: leak("ktls"),
  comm: "python3",
  traced: "owned",
  listed: "unknown 23",
  why: /\d+ kTLS sockets are less well analysed/,
};

/** What the zoo's table says of a program: how it runs, what the kernel shows of it, what sockleak must find. */
import type { Kind } from "../../src/analysis/finding.ts";

export type Language = "c" | "python" | "node" | "java" | "rust";
export type Address = "127.0.0.1" | "::1" | "::ffff:127.0.0.1";

/** What ss and /proc show once the program is ready; proved by zoo.test.ts, never taken from the program. */
export type Shown = {
  /** `gone`: fds of TCP sockets that are in no table. `unconnected`: the same, and never connected. `none`: nothing. */
  readonly rows: "CLOSE-WAIT" | "ESTAB" | "gone" | "unconnected" | "none";
  /** Of each row. Recv-Q 1 is an unread FIN. */
  readonly recvQ?: number;
  /** Who has the socket open: a process's fds, only a thread's own fds, nobody (an inode all the same), or no inode. */
  readonly holder?: "process" | "thread" | "nobody" | "no-inode";
  /** How many processes have each socket open (1). */
  readonly processes?: number;
};

export type Expected = {
  /** Kinds that are right, the best first; none: no finding. `census`: started before sockleak, no probes. */
  readonly census: readonly Kind[];
  /** Started after sockleak attached its probes (full mode). */
  readonly trace: readonly Kind[];
  readonly leak: boolean;
  readonly side: "accept" | "connect";
  /** The sockets of that kind; `growing` ones only become more, `about` come and go. */
  readonly count: number;
  readonly moves?: "growing" | "about";
  /** Different peer addresses and ports of a connect side; on the accept side each client has a port of its own. */
  readonly peers?: number;
  /** Run sockleak with at most this --older-than (ms), or the program's time is over before it is judged. */
  readonly olderThanMs?: number;
  /** Growth needs two looks, this far apart at least. */
  readonly watchMs?: number;
};

export type Program = {
  readonly name: string;
  readonly language: Language;
  /** Below test/zoo/LANGUAGE, without the language's ending. */
  readonly source: string;
  /** After ADDRESS and COUNT. */
  readonly args: readonly string[];
  /** COUNT: 23 unless said otherwise. */
  readonly count: number;
  readonly shown: Shown;
  readonly expected: Expected;
  readonly note: string;
};

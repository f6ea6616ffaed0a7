/**
 * What is not asked for costs a compare: filters written into the probes' text, at the places that it marks with
 * `// filter: PLACE`. Only whole numbers in their ranges ever get into it.
 *
 *   move     a transition          accept   somebody gets a connection      socket   whatever else is about one
 *   end      it is destroyed       begin    the maps are declared
 *   actor    somebody does something with one                            place    … and it is known which
 *
 * A superset of what was asked for passes: a port not chosen yet may be the one, and the last word is model/filter.ts's. Owners
 * are known at accept and connect only, so that of an accepted connection the moves before that are not told. Left to model/filter.ts
 * are descendants, containers and units: they come and go, and a new process or control group would be left out without a word.
 */
import type { Filter } from "../model/filter.ts";
import {
  ACTOR_LINES,
  acceptLines,
  BEGIN_LINES,
  CLEAR_LINES,
  END_LINES,
  MOVE_LINES,
  PROBES,
  SOCKET_LINES,
  WALK_LINES,
} from "./follow.ts";
import type { ProbeMode } from "./script.ts";

export type ProbeFilter = Pick<Filter, "netns" | "localPort" | "peerPort" | "port" | "pid"> & {
  /** Only what the next process that sockleak starts does, and its descendants (follow.ts). Lean mode; not with `pid`. */
  readonly follow?: true;
};

const MARK = /^( *)\/\/ filter: (begin|move|accept|socket|end|actor|place)\n/gm;
const UINT32 = 0xffff_ffff;
const MINE = "@mine[(int64)$sk]";
/** A birth: a listener's child, or a connect. */
const IS_CONNECT = "args->oldstate == 7 && args->newstate == 2";
const IS_CHILD = "args->oldstate == 10 && args->newstate == 3";

/** What of a filter the kernel can apply. */
export function probeFilterOf({ netns, localPort, peerPort, port, pid, children }: Filter): ProbeFilter {
  return {
    ...(netns !== undefined && { netns }),
    ...(localPort !== undefined && { localPort }),
    ...(peerPort !== undefined && { peerPort }),
    ...(port !== undefined && { port }),
    ...(pid !== undefined && children === undefined && { pid }),
  };
}

/** The text with the filter at its marks; as it is where nothing is asked for. Errors: a number out of its range. */
export function withFilter(text: string, { filter, mode }: { filter: ProbeFilter; mode: ProbeMode }): string {
  if (Object.keys(filter).length === 0) return text;
  const codeOf = snippets(filter, mode);
  const filtered = text.replace(MARK, (_mark, indent: string, place: Place) =>
    codeOf[place].map((line) => `${indent}${line}\n`).join(""),
  );
  if (!filter.follow) return filtered;
  const clears = CLEAR_LINES.map((line) => `  ${line}\n`).join("");
  return filtered.replace(/^END\n\{\n/m, (end) => end + clears) + PROBES;
}

type Place = "begin" | "move" | "accept" | "socket" | "end" | "actor" | "place";

function snippets(filter: ProbeFilter, mode: ProbeMode): Readonly<Record<Place, readonly string[]>> {
  const place = placeLines(filter);
  // Lean: its birth was not in the books.
  const born = `@opened = count(); @book[(int64)$sk] = ((int64)nsecs, (int32)0, (int32)0, (int32)-1, (int32)0, (int32)1, "");`;
  if (filter.follow) {
    return {
      begin: BEGIN_LINES,
      move: [...place, ...MOVE_LINES],
      accept: [...place, ...acceptLines(born)],
      socket: [...place, ...SOCKET_LINES],
      end: [...place, ...END_LINES],
      actor: ACTOR_LINES,
      place: [...place, ...WALK_LINES],
    };
  }
  if (filter.pid === undefined)
    return { begin: [], move: place, accept: place, socket: place, end: place, actor: [], place };
  const isAsked = `(int64)curtask->tgid == ${whole(filter.pid, UINT32)}`;
  const others = `if (${MINE} == 0) { return; }`;
  return {
    begin: ["@mine[(int64)0] = (int64)0;"],
    move: [
      ...place,
      `if (((${IS_CONNECT}) || (${IS_CHILD})) && ${MINE} != 0) { delete(${MINE}); }`,
      `if (${IS_CONNECT} && ${isAsked}) { ${MINE} = (int64)1; }`,
      others,
    ],
    accept: [...place, `if (${isAsked}) { ${MINE} = (int64)1; ${mode === "lean" ? born : ""}}`, others],
    socket: [...place, others],
    end: [...place, others, `delete(${MINE});`],
    actor: [`if (!(${isAsked})) { return; }`],
    place,
  };
}

function placeLines({ netns, localPort, peerPort, port }: ProbeFilter): readonly string[] {
  const lines: string[] = [];
  if (netns !== undefined) {
    lines.push("$within = (struct net *)$sk->__sk_common.skc_net.net;");
    lines.push(`if (((int64)$within->ns.inum & 0xffffffff) != ${whole(netns, UINT32)}) { return; }`);
  }
  if (localPort !== undefined || peerPort !== undefined || port !== undefined) {
    lines.push("$ends = (struct inet_sock *)$sk;");
    lines.push("$sport = (int64)$ends->inet_sport & 0xffff;");
    lines.push("$dport = (int64)$sk->__sk_common.skc_dport & 0xffff;");
  }
  if (localPort !== undefined) lines.push(`if ($sport != ${networkOrder(localPort)} && $sport != 0) { return; }`);
  if (peerPort !== undefined) lines.push(`if ($dport != ${networkOrder(peerPort)} && $dport != 0) { return; }`);
  if (port !== undefined) {
    const wanted = networkOrder(port);
    lines.push(`if ($sport != ${wanted} && $dport != ${wanted} && $sport != 0 && $dport != 0) { return; }`);
  }
  return lines;
}

/** As the kernel keeps it in a socket. */
function networkOrder(port: number): number {
  whole(port, 65_535);
  return ((port & 0xff) << 8) | (port >> 8);
}

function whole(value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`${value} is no whole number from 0 to ${most}`);
}

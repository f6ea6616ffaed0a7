/** Process ids, mounts and network of its own: the host's pid names it, and its own is told beside. */
import type { Oddity } from "./oddity.ts";
import { leaker } from "./plain.ts";

const comm = "namespaced";

export const namespaces: Oddity = {
  name: "a process in pid, mount and network namespaces of its own",
  argv: [
    ...["unshare", "--pid", "--fork", "--mount-proc", "--mount", "--net", "--ipc", "--uts", "--cgroup"],
    ...["sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...leaker(comm)],
  ],
  comm,
  traced: "owned",
  listed: "eof-ignored 23",
  why: null,
};

/** A container of a real runtime: crun, on an OCI bundle whose root is this guest's own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Oddity } from "./oddity.ts";
import { leaker } from "./plain.ts";

const BUNDLE = "/tmp/bundle";
const comm = "contained";
const CAPABILITIES = ["CAP_NET_ADMIN"]; // for lo

const CONFIG = {
  ociVersion: "1.0.0",
  process: {
    args: ["sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...leaker(comm)],
    cwd: "/",
    env: [`PATH=${process.env.PATH}`],
    user: { uid: 0, gid: 0 },
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
  },
  root: { path: "rootfs", readonly: true },
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/dev", type: "tmpfs", source: "tmpfs" },
    { destination: "/repo", type: "bind", source: "/repo", options: ["bind", "ro"] },
  ],
  linux: { namespaces: ["pid", "mount", "network", "ipc", "uts", "cgroup"].map((type) => ({ type })) },
};

export const container: Oddity = {
  name: "a container of crun",
  argv: ["crun", "run", "--bundle", BUNDLE, "odd"],
  comm,
  prepare: () => {
    mkdirSync(join(BUNDLE, "rootfs"), { recursive: true });
    execFileSync("mount", ["--bind", "/", join(BUNDLE, "rootfs")]);
    writeFileSync(join(BUNDLE, "config.json"), JSON.stringify(CONFIG));
  },
  traced: "owned",
  listed: "eof-ignored 23",
  why: null,
};

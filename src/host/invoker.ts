/** Whoever called sudo: the command is theirs, and runs as theirs. */
import { type Host, readOrNull } from "./port.ts";

export type Invoker = {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
  readonly shell: string;
};

const SUDO = ["SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND", "SUDO_HOME"];

/** Null: nobody but ourselves (no sudo, sudo by root, or we are not root any more). */
export async function findInvoker(host: Host, env: NodeJS.ProcessEnv, euid: number | null): Promise<Invoker | null> {
  const [uid, gid] = [idOf(env.SUDO_UID), idOf(env.SUDO_GID)];
  if (euid !== 0 || uid === null || gid === null || uid === 0) return null;
  const entry = await passwdOf(host, uid);
  const [name = env.SUDO_USER ?? `${uid}`, , , , , home = "/", shell = "/bin/sh"] = entry?.split(":") ?? [];
  return { uid, gid, name, home: home || "/", shell: shell || "/bin/sh" };
}

/** The words that make a process theirs: with their supplementary groups, and no rights of ours. */
export function wordsOf({ uid, gid }: Invoker): readonly string[] {
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--inh-caps=-all", "--"];
}

/** As sudo left it, but for what it says of who this is. */
export function environmentOf({ name, home, shell }: Invoker, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([key]) => !SUDO.includes(key));
  const mail = env.MAIL === undefined ? {} : { MAIL: `/var/mail/${name}` };
  return { ...Object.fromEntries(kept), HOME: home, USER: name, LOGNAME: name, SHELL: shell, ...mail };
}

function idOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** /etc/passwd; where users come from elsewhere (LDAP, systemd-homed), what getent finds. */
async function passwdOf(host: Host, uid: number): Promise<string | undefined> {
  const isTheirs = (line: string) => line.split(":")[2] === `${uid}`;
  const local = ((await readOrNull(host, "/etc/passwd")) ?? "").split("\n").find(isTheirs);
  if (local !== undefined) return local;
  const { stdout } = await host.run(["getent", "passwd", `${uid}`]);
  return stdout.trim().split("\n").find(isTheirs);
}

/**
 * Runs a program over files that may be hostile: as nobody, without network, rights, or files to write; killed after a
 * deadline, and by the kernel when the thread that started it ends, so also when we are killed.
 *
 * setpriv sets the death signal last: a change of user would clear it (prctl(2), PR_SET_PDEATHSIG).
 */
import { spawn } from "node:child_process";

export type Confined = {
  readonly argv: readonly string[];
  /** Is its standard input. */
  readonly input?: Buffer;
  /** Of ours: it finds this file as /proc/self/fd/3. */
  readonly fd?: number;
  /** Who runs it; nobody by default. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly memoryBytes?: number;
  readonly maxBytes?: number;
  readonly deadlineMs?: number;
};

export type Outcome = {
  readonly stdout: Buffer;
  /** Why it did not end by itself with code 0; null when it did. */
  readonly failure: string | null;
};

/** What a confined program finds at Confined.fd. */
export const CONFINED_FILE = "/proc/self/fd/3";
/** Time on a CPU and on the clock. */
const DEADLINE_MS = 10_000;
const MEMORY_BYTES = 2 * 1024 ** 3;
const MAX_BYTES = 8 * 1024 * 1024;
const NOBODY = { uid: 65_534, gid: 65_534 };
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

let canUnshare: Promise<boolean> | undefined;

/** Never rejects. */
export async function runConfined(task: Confined): Promise<Outcome> {
  canUnshare ??= start({ argv: ["unshare", "--net", "--", "true"] }).then(({ failure }) => failure === null);
  const limits = limitsOf(task, process.geteuid?.() === 0);
  return start({
    ...task,
    argv: (await canUnshare) && task.user === undefined ? ["unshare", "--net", "--", ...limits] : limits,
  });
}

function limitsOf(task: Confined, isRoot: boolean): readonly string[] {
  const { uid, gid } = task.user ?? NOBODY;
  const seconds = Math.ceil((task.deadlineMs ?? DEADLINE_MS) / 1000);
  const user = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
  return [
    ...["prlimit", `--cpu=${seconds}`, `--as=${task.memoryBytes ?? MEMORY_BYTES}`, "--core=0"],
    // What it prints goes to a pipe, which has no size.
    ...["--fsize=0", "--nofile=64", "--"],
    ...["setpriv", ...(isRoot ? user : []), "--no-new-privs", "--pdeathsig=KILL", "--"],
    ...task.argv,
  ];
}

function start({ argv, input, fd, maxBytes = MAX_BYTES, deadlineMs = DEADLINE_MS }: Confined): Promise<Outcome> {
  return new Promise((resolve) => {
    const [program = "", ...rest] = argv;
    // Nothing of our environment: it may hold secrets, and addresses where some tools would look for more.
    const env = { PATH, LC_ALL: "C" };
    const child = spawn(program, rest, { stdio: ["pipe", "pipe", "ignore", fd ?? "ignore"], env, cwd: "/" });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let failure: string | null = null;
    const stop = (why: string) => {
      failure ??= why;
      child.kill("SIGKILL");
      child.stdout?.destroy();
    };
    const timer = setTimeout(() => stop(`took longer than ${deadlineMs / 1000} s`), deadlineMs);
    const over = (why: string | null) => {
      clearTimeout(timer);
      resolve({ stdout: Buffer.concat(chunks), failure: failure ?? why });
    };
    child.stdout?.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) stop(`printed more than ${maxBytes} bytes`);
    });
    child.once("error", (error) => over(error.message));
    child.once("close", (code, signal) => over(code === 0 ? null : `ended with ${signal ?? code}`));
    child.stdin?.on("error", () => {}); // it may end before it has read everything
    child.stdin?.end(input);
  });
}

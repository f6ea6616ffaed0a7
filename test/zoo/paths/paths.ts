/** Programs with several code paths of which one leaks: how each is built and run, and which functions are to blame and which are not. */
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const HERE = import.meta.dirname;
const run = promisify(execFile);

export type Blamed = {
  /** Which of its findings. */
  readonly side: "accept" | "connect";
  /** Whose frames are looked at. */
  readonly role: "opened" | "eof-read" | "last-used";
  /** A function of the path on which they leak, and its source; null: no name is to be had. */
  readonly names: string | null;
  readonly file: RegExp | null;
  /** Its line is told, too: not by runtimes' maps. */
  readonly lines: boolean;
  /** In no frame of the path. */
  readonly innocent: readonly string[];
  readonly dispatcher: boolean;
};

export type PathProgram = {
  readonly name: string;
  /** Into a folder; its argv. */
  readonly build: (into: string) => Promise<readonly string[]>;
  readonly blamed: readonly Blamed[];
  /** Why it cannot be built or run here. */
  readonly missing?: string;
};

const FETCH: Blamed = {
  ...{ side: "connect", role: "opened", names: "fetch_forgotten", file: /paths\.\w+$/, lines: true, dispatcher: false },
  innocent: ["fetch_closed", "order_answered", "order_forgotten", "hang_up", "handle_answered"],
};
const LOOP: Blamed = { ...FETCH, side: "accept", names: "accept_loop", dispatcher: true };

function compiled(name: string, source: string, ...argv: readonly string[]): PathProgram["build"] {
  return async (into) => {
    mkdirSync(into, { recursive: true });
    const [command = "", ...flags] = argv;
    await run(command, [...flags, "-o", join(into, name), join(HERE, source)], { timeout: 120_000 });
    return [join(into, name)];
  };
}

function program(name: string, build: PathProgram["build"], ...blamed: readonly Blamed[]): PathProgram {
  return { name, build, blamed };
}

const C = ["gcc", "-std=gnu11", "-Wall", "-Wextra", "-pthread"];

/** Built with debug information, and run without any symbol: `debug` resolves what is told of `stripped`. */
export const STRIPPED = { debug: "c-debug", stripped: "c-stripped" };

async function stripped(into: string): Promise<readonly string[]> {
  const [debug = ""] = await compiled(STRIPPED.debug, "paths.c", ...C, "-g", "-O1", "-fno-omit-frame-pointer")(into);
  const bare = join(into, STRIPPED.stripped);
  copyFileSync(debug, bare);
  await run("strip", ["--strip-all", bare]);
  return [bare];
}

/** Compiled at once, not inlined (a map names the outer method only), and with frame pointers. */
const JAVA = [
  ...["java", "-XX:+PreserveFramePointer", "-Xcomp", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"],
  ...["-XX:CompileCommand=quiet", "-XX:CompileCommand=dontinline,Paths::*"],
];

async function java(into: string): Promise<readonly string[]> {
  await run("javac", ["-d", into, join(HERE, "Paths.java")], { timeout: 120_000 });
  return [...JAVA, "-cp", into, "Paths"];
}

/** As most are run: what is compiled keeps no frame pointer, and the callers cannot be read. */
export async function javaWithoutFrames(into: string): Promise<readonly string[]> {
  return (await java(into)).filter((flag) => flag !== "-XX:+PreserveFramePointer");
}

/** One that can make its functions visible, and of a version that is read (3.12 to 3.14); Debian 12 has 3.11. */
export function perfPython(): string | undefined {
  const asked = ["-c", "import sys; sys.activate_stack_trampoline('perf'); sys.exit(sys.version_info >= (3, 15))"];
  return ["python3", "python3.14", "python3.13", "python3.12"].find((name) => spawnSync(name, asked).status === 0);
}

/** In a guest the files lie elsewhere. */
export function pythonArgv(name: string, from = HERE): readonly string[] {
  return [name, "-X", "perf", join(from, "paths.py")];
}

function python(): PathProgram {
  const name = perfPython();
  return {
    name: "python",
    build: async () => pythonArgv(name ?? "python3"),
    blamed: [{ ...FETCH, lines: false, innocent: ["fetch_closed", "accept_loop", "told_end"] }],
    ...(name === undefined && { missing: "no Python with -X perf here (3.12 to 3.14)" }),
  };
}

/** many.c: its path. */
export async function buildMany(into: string): Promise<string> {
  const [path = ""] = await compiled("many", "many.c", ...C, "-O1", "-fno-omit-frame-pointer")(into);
  return path;
}

function go(name: string, ...flags: readonly string[]): PathProgram["build"] {
  return async (into) => {
    const env = { ...process.env, GO111MODULE: "off", GOCACHE: join(into, "go-cache") };
    const argv = ["build", ...flags, "-o", join(into, name), join(HERE, "paths.go")];
    await run("go", argv, { timeout: 120_000, env });
    return [join(into, name)];
  };
}

const GO: Blamed = { ...FETCH, names: "main.fetchForgotten", innocent: ["main.fetchClosed", "main.acceptLoop"] };

export const pathPrograms: readonly PathProgram[] = [
  program("c", compiled("c", "paths.c", ...C, "-g", "-O1", "-fno-omit-frame-pointer"), FETCH, LOOP),
  program("c-no-frames", compiled("c-no-frames", "paths.c", ...C, "-g", "-O2", "-fomit-frame-pointer"), FETCH, LOOP),
  program(STRIPPED.stripped, stripped, { ...FETCH, names: null, file: null, lines: false }),
  program("c++", compiled("cpp", "paths.cc", "g++", "-g", "-O2", "-pthread"), {
    ...FETCH,
    names: "shop::Client::fetch_forgotten()",
    innocent: ["shop::Client::fetch_closed()", "shop::accept_loop(int)"],
  }),
  program("rust", compiled("rust", "paths.rs", "rustc", "--edition=2021", "-g", "-O", "-Cforce-frame-pointers=yes"), {
    ...FETCH,
    names: "paths::fetch_forgotten",
    innocent: ["paths::fetch_closed"],
  }),
  program("go", go("go"), GO),
  program("go-stripped", go("go-stripped", "-ldflags=-s -w"), GO),
  python(),
  program("java", java, {
    ...{ ...FETCH, names: "Paths.fetchForgotten()", file: null, lines: false },
    innocent: ["Paths.fetchClosed()", "Paths.acceptLoop(ServerSocket)", "Paths.toldEnd(Socket)"],
  }),
];

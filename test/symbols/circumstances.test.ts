/** Programs that make it hard: stripped, deleted, replaced, ended, in a container, without their first thread. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Namer } from "../../src/symbols/namer.ts";
import type { Named, RawStack } from "../../src/symbols/stack.ts";
import { blockedStack } from "./blocked-stack.ts";
import { build, folder, type Running, run, start } from "./start.ts";

const DEBUG = ["-O2", "-g", "-fno-omit-frame-pointer"];

const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: mapped files, threads, namespaces" };

const namer = new Namer();
after(() => namer.end());

/** A copy of the debug build that may be spoiled. */
async function copyOf(name = "app"): Promise<string> {
  const path = join(mkdtempSync(join(folder, "copy-")), name);
  copyFileSync(await build("paths.c", DEBUG), path);
  return path;
}

async function whileRunning<T>(
  argv: readonly string[],
  work: (program: Running, stack: RawStack) => Promise<T>,
): Promise<T> {
  const program = await start(argv);
  try {
    return await work(program, await blockedStack(program.pid));
  } finally {
    await program.stop();
  }
}

function functionsOf({ frames }: Named): readonly (string | null)[] {
  return frames.filter(({ inlined }) => inlined === undefined).map((frame) => frame.function);
}

const UPLOAD = ["take_upload", "handle_upload", "serve", "main"];

for (const pointers of ["-fno-omit-frame-pointer", "-fomit-frame-pointer"]) {
  test(`stripped, ${pointers}: object and offset, which addr2line resolves with the debug build`, async () => {
    const debug = await build("paths.c", ["-O2", "-g", pointers]);
    const path = join(mkdtempSync(join(folder, "copy-")), "app");
    await run("strip", ["--strip-all", "-o", path, debug]);
    const { frames, notes } = await whileRunning([path, "upload"], (_, stack) => namer.name(stack));
    for (const { function: name, file, line, object } of frames) {
      assert.deepEqual([name, file, line, object], [null, null, null, path]);
    }
    assert.deepEqual(notes, [
      `${path} has no symbols: its debug package, or a build that is not stripped, names its functions`,
    ]);
    const names: string[] = [];
    for (const { offset } of frames) {
      const { stdout } = await run("addr2line", ["-f", "-i", "-e", debug, `0x${(offset ?? 0).toString(16)}`]);
      const [place = "", name = ""] = stdout.trim().split("\n").reverse();
      assert.match(place, /\/paths\.c:\d+/);
      names.push(name);
    }
    assert.deepEqual(names, UPLOAD.slice(0, names.length));
    assert.ok(names.length >= 3, `${names.length} frames`);
  });
}

for (const where of [".", ".debug"]) {
  test(`stripped, with a debug file in ${where}`, async () => {
    const path = await copyOf();
    const debug = join(path, "..", where, "app.debug");
    mkdirSync(join(debug, ".."), { recursive: true });
    await run("objcopy", ["--only-keep-debug", path, debug]);
    await run("strip", ["--strip-all", path]);
    await run("objcopy", [`--add-gnu-debuglink=${debug}`, path]);
    const named = await whileRunning([path, "upload"], (_, stack) => namer.name(stack));
    assert.deepEqual(functionsOf(named), UPLOAD);
    assert.ok(named.frames.every(({ line }) => line !== null));
    assert.deepEqual(named.notes, []);
  });
}

test("another program's debug file is not taken", async () => {
  const path = await copyOf();
  const debug = join(path, "..", "app.debug");
  await run("objcopy", ["--only-keep-debug", path, debug]);
  await run("strip", ["--strip-all", path]);
  await run("objcopy", [`--add-gnu-debuglink=${debug}`, path]);
  await run("objcopy", ["--only-keep-debug", await build("shop.cpp", ["-O2", "-g"]), debug]);
  const { frames } = await whileRunning([path, "upload"], (_, stack) => namer.name(stack));
  assert.deepEqual(
    frames.map((frame) => frame.function),
    frames.map(() => null),
  );
});

test("packed names of static functions (.gnu_debugdata)", async () => {
  const path = await copyOf();
  const mini = `${path}.mini`;
  await run("objcopy", ["--only-keep-debug", "--remove-section=.debug*", path, mini]);
  await run("xz", [mini]);
  await run("strip", ["--strip-all", path]);
  await run("objcopy", ["--add-section", `.gnu_debugdata=${mini}.xz`, path]);
  const named = await whileRunning([path, "upload"], (_, stack) => namer.name(stack));
  assert.deepEqual(functionsOf(named), UPLOAD);
});

test("deleted: read through the mapping", asRoot, async () => {
  const path = await copyOf();
  const named = await whileRunning([path, "upload"], (_, stack) => {
    rmSync(path);
    return namer.name(stack);
  });
  assert.deepEqual(functionsOf(named), UPLOAD);
  assert.equal(named.frames[0]?.object, path);
  assert.deepEqual(named.notes, [`${path} has been deleted or replaced since it was loaded: read as it was loaded`]);
});

test("replaced by another program: the one that runs is read", asRoot, async () => {
  const path = await copyOf();
  const other = await build("shop.cpp", ["-O2", "-g"]);
  const named = await whileRunning([path, "upload"], (_, stack) => {
    copyFileSync(other, `${path}.new`);
    renameSync(`${path}.new`, path);
    return namer.name(stack);
  });
  assert.deepEqual(functionsOf(named), UPLOAD);
});

/** Resolves when the process was seen: a name that is asked for waits for that. */
async function seen(pid: number, stack: RawStack): Promise<void> {
  namer.see(pid);
  await namer.name({ ...stack, near: [], chain: [] });
}

test("changed in place while it runs: no name is better than a wrong one", async () => {
  const path = await copyOf();
  const { frames, notes } = await whileRunning([path, "upload"], async (program, stack) => {
    await seen(program.pid, stack);
    utimesSync(path, 1, 1);
    return namer.name(stack);
  });
  assert.ok(frames.every((frame) => frame.function === null));
  assert.deepEqual(notes, [`${path} has been changed since it was loaded: its names may be wrong`]);
});

test("a file that not everybody may read: functions, but no lines", async () => {
  const path = await copyOf();
  chmodSync(path, 0o700);
  const named = await whileRunning([path, "upload"], (_, stack) => namer.name(stack));
  assert.deepEqual(functionsOf(named), UPLOAD);
  assert.deepEqual(named.notes, [`${path} is not readable for everybody: no lines`]);
});

test("ended after it was seen", async () => {
  const path = await copyOf();
  const stack = await whileRunning([path, "upload"], async (program, stack) => {
    await seen(program.pid, stack);
    return stack;
  });
  assert.deepEqual(functionsOf(await namer.name(stack)), UPLOAD);
});

test("ended before anybody looked", async () => {
  const stack = await whileRunning([await copyOf(), "upload"], async (_, stack) => stack);
  assert.deepEqual(await namer.name(stack), {
    frames: [],
    notes: ["the process had ended before its memory map was read"],
  });
});

test("ended, and its file was changed afterwards: no name is better than a wrong one", async () => {
  const path = await copyOf();
  const stack = await whileRunning([path, "upload"], async (program, stack) => {
    await seen(program.pid, stack);
    return stack;
  });
  appendFileSync(path, "another version");
  const { frames, notes } = await namer.name(stack);
  assert.ok(frames.length > 0);
  for (const frame of frames) {
    assert.deepEqual([frame.function, frame.file, frame.line, frame.object], [null, null, null, path]);
  }
  assert.deepEqual(notes, [`${path} has been changed since it was loaded: its names may be wrong`]);
});

test("became another program after it was seen", async () => {
  const path = await copyOf();
  const program = await start(["sh", "-c", 'echo shell; read go; exec "$0" upload', path]);
  try {
    await seen(program.pid, { pid: program.pid, ip: "1234", near: [], chain: [] });
    await program.ask("go\n");
    assert.deepEqual(functionsOf(await namer.name(await blockedStack(program.pid))), UPLOAD);
  } finally {
    await program.stop();
  }
});

test("forty programs: a bounded number of files is held open", async () => {
  for (let i = 0; i < 40; i++) {
    const named = await whileRunning([await copyOf(`held-${i}`), "upload"], (_, stack) => namer.name(stack));
    assert.deepEqual(functionsOf(named), UPLOAD);
  }
  const open = readdirSync("/proc/self/fd").filter((fd) => linkOf(`/proc/self/fd/${fd}`).includes("/held-"));
  assert.ok(open.length <= 32, `${open.length} held open`);
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // the directory's own fd
  }
}

test("its first thread has ended", asRoot, async () => {
  const path = await copyOf();
  const named = await whileRunning([path, "download", "orphan"], async ({ pid }, stack) => {
    while (!readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) await sleep(5); // nothing tells when a thread has ended
    return namer.name(stack);
  });
  assert.deepEqual(functionsOf(named), ["take_download", "handle_download", "serve"]);
});

test("in a container: its own files, mounts and process numbers, and its debug files", asRoot, async () => {
  const path = await copyOf();
  const id = /Build ID: (\w+)/.exec((await run("readelf", ["-n", path])).stdout)?.[1] ?? "";
  const debug = `${path}.debug`;
  await run("objcopy", ["--only-keep-debug", path, debug]);
  await run("strip", ["--strip-all", path]);
  // What lies on these tmpfs is there for nobody outside.
  const script = [
    `mkdir /run/sockleak-symbols && mount -t tmpfs none /usr/lib/debug && mount -t tmpfs none /run/sockleak-symbols`,
    `mkdir -p /usr/lib/debug/.build-id/${id.slice(0, 2)}`,
    `cp ${debug} /usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`,
    `cp ${path} /run/sockleak-symbols/app && exec /run/sockleak-symbols/app upload`,
  ].join(" && ");
  const outer = "mount -t tmpfs none /run && mkdir -p /usr/lib/debug && exec unshare --pid --fork --kill-child sh -c";
  const program = await start(["unshare", "--mount", "sh", "-c", `${outer} "$0"`, script]);
  try {
    assert.equal(program.line, "1", "it counts itself as 1");
    const pid = childOf(program.pid);
    const named = await namer.name(await blockedStack(pid));
    assert.deepEqual(functionsOf(named), UPLOAD);
    assert.equal(named.frames[0]?.object, "/run/sockleak-symbols/app");
    assert.ok(named.frames.every(({ line }) => line !== null));
  } finally {
    await program.stop();
  }
});

test("on an overlay, as a container's files are; also after its end", asRoot, async () => {
  const path = await copyOf();
  const script = [
    "mount -t tmpfs none /mnt && mkdir /mnt/lower /mnt/upper /mnt/work /mnt/merged",
    `cp ${path} /mnt/lower/app`,
    "mount -t overlay overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/merged",
    "exec /mnt/merged/app upload",
  ].join(" && ");
  const [named, after] = await whileRunning(["unshare", "--mount", "sh", "-c", script], async (_, stack) => {
    return [await namer.name(stack), { ...stack, near: stack.near.slice(0, 1) }];
  });
  assert.deepEqual(functionsOf(named), UPLOAD);
  assert.equal(named.frames[0]?.object, "/mnt/merged/app");
  // Held open for a while, it can be read even though its mount is gone.
  assert.deepEqual(functionsOf(await namer.name(after))[0], "take_upload");
});

/** Of `unshare --fork`: the program itself. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
}

/** Real programs in C, C++ and Rust that wait in accept(): the functions that called it, and not their siblings. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Frame, Namer } from "../../src/symbols/namer.ts";
import { blockedStack, type Reach } from "./blocked-stack.ts";
import { build, start } from "./start.ts";

const namer = new Namer();
after(() => namer.end());

async function framesOf(argv: readonly string[], reach?: Reach): Promise<readonly Frame[]> {
  const program = await start(argv);
  try {
    return (await namer.name(await blockedStack(program.pid, reach))).frames;
  } finally {
    await program.stop();
  }
}

function functions(frames: readonly Frame[]): readonly (string | null)[] {
  return frames.map((frame) => frame.function);
}

/** The number of the only line of a test program that holds a text. */
function lineWith(source: string, text: string): number {
  const lines = readFileSync(join(import.meta.dirname, "programs", source), "utf8").split("\n");
  const found = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  assert.equal(found.length, 1, `${source} has ${text} once`);
  return found[0] ?? 0;
}

const FLAGS: readonly (readonly string[])[] = [
  ["-O2", "-fno-omit-frame-pointer"],
  ["-O2", "-fomit-frame-pointer"],
  ["-O1", "-fomit-frame-pointer", "-fno-plt"],
  ["-O2", "-fno-pie", "-no-pie"],
  ["-O2", "-fcf-protection=full"],
];

for (const flags of FLAGS) {
  for (const path of ["upload", "download"]) {
    for (const thread of [[], ["thread"]]) {
      test(`C, ${flags.join(" ")}: ${path} ${thread}`, async () => {
        const frames = await framesOf([await build("paths.c", flags), path, ...thread]);
        const known = [`take_${path}`, `handle_${path}`, "serve", ...(thread.length === 0 ? ["main"] : [])];
        assert.deepEqual(functions(frames), known.slice(0, frames.length));
        // The probe sees four words: at least the two functions that tell the paths apart are among them.
        assert.ok(frames.length >= 2, `only ${frames.length} frames`);
      });
    }
  }
}

for (const pointers of ["-fno-omit-frame-pointer", "-fomit-frame-pointer"]) {
  test(`C, ${pointers}: a function that jumps to libc has left no frame`, async () => {
    const frames = await framesOf([await build("paths.c", ["-O2", pointers]), "archive"]);
    assert.deepEqual(functions(frames), ["handle_archive", "serve", "main"].slice(0, Math.max(2, frames.length)));
  });
}

test("C with debug information: lines, and what is inlined", async () => {
  const frames = await framesOf([await build("paths.c", ["-O2", "-g", "-fno-omit-frame-pointer"]), "upload"]);
  assert.deepEqual(functions(frames).slice(0, 3), ["wait_for", "take_upload", "handle_upload"]);
  assert.deepEqual(
    frames.slice(0, 3).map(({ line, inlined }) => [line, inlined]),
    [
      [lineWith("paths.c", "int fd = accept(listener"), true],
      [lineWith("paths.c", "taken++") - 1, undefined],
      [lineWith("paths.c", "take_upload(listener);"), undefined],
    ],
  );
  assert.ok(frames.every(({ file }) => file?.endsWith("/programs/paths.c")));
});

test("C++: a member of a template in a namespace", async () => {
  const frames = await framesOf([await build("shop.cpp", ["-O2", "-g"])]);
  assert.deepEqual(functions(frames), ["shop::Counter<long>::take_order(int)", "shop::open_shop(int)", "main"]);
  assert.equal(frames[0]?.line, lineWith("shop.cpp", "accept(listener"));
});

// Between std's accept and its caller lies a socket address of 128 bytes, beyond the words that the probe takes.
const FAR: Reach = { words: 64, hits: 8 };

for (const mangling of [[], ["-C", "symbol-mangling-version=v0"]]) {
  test(`Rust, ${mangling.at(-1) ?? "its default mangling"}`, async () => {
    const frames = await framesOf([await build("orders.rs", ["-O", "-g", ...mangling])], FAR);
    const own = functions(frames).filter((name) => name?.includes("orders::"));
    const taken = "<orders::orders::Desk<std::net::tcp::TcpListener> as orders::orders::Take>::take_order";
    assert.deepEqual([own[0], own[1]], [taken, "orders::open_desk"]);
    assert.ok(functions(frames).some((name) => /TcpListener>?::accept/.test(name ?? "")));
    const caller = frames.find((frame) => frame.function === taken);
    assert.equal(caller?.line, lineWith("orders.rs", "self.listener.accept()"));
  });
}

test("a static program makes system calls in its own file", async () => {
  const frames = await framesOf([await build("paths.c", ["-O2", "-static"]), "download"]);
  assert.match(functions(frames)[0] ?? "", /accept/);
  assert.deepEqual(functions(frames).slice(1, 3), ["take_download", "handle_download"]);
});

test("a stack asked twice costs once", async () => {
  const program = await start([await build("paths.c", ["-O2"]), "upload"]);
  try {
    const stack = await blockedStack(program.pid);
    assert.equal(namer.name(stack), namer.name({ ...stack }));
    await namer.name(stack);
  } finally {
    await program.stop();
  }
});

/** What blocks, found in real places: as another user, in another pid namespace, without tracefs, without bpftrace. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readCapabilities } from "../../src/host/capabilities.ts";
import { localHost } from "../../src/host/local.ts";
import { openPlace } from "./open-place.ts";

const here = dirname(fileURLToPath(import.meta.url));
const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: other users and namespaces" };
const PRINT = [process.execPath, "--import", import.meta.resolve("tsx"), join(here, "print-blocker.ts")];

async function blockerIn(...place: readonly string[]): Promise<string> {
  const { stdout, stderr, failure } = await localHost.run([...place, ...PRINT], { timeoutMs: 60_000 });
  return `${stdout}${failure ?? ""}${stdout === "" ? stderr : ""}`;
}

test("this machine", async () => {
  const found = await readCapabilities(localHost);
  assert.equal(found.system, "Linux");
  assert.match(found.kernel ?? "", /^\d+\.\d+/);
  assert.equal(found.rights.euid, process.geteuid?.());
});

test("as another user: root is needed", asRoot, async () => {
  const text = await blockerIn(...openPlace(), "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups");
  assert.match(text, /^cannot trace: bpftrace needs root \(uid 65534\)\nhint: run it with sudo/);
});

test("as root without capabilities: says which", asRoot, async () => {
  const text = await blockerIn("setpriv", "--bounding-set", "-sys_admin,-bpf,-perfmon", "--inh-caps", "-all");
  assert.match(text, /^cannot trace: this root may not load probes \(neither CAP_SYS_ADMIN nor CAP_BPF/);
});

test("in a pid namespace of its own: the host's is needed", asRoot, async () => {
  const text = await blockerIn("unshare", "--pid", "--fork", "--mount-proc");
  assert.match(text, /^cannot trace: process ids here are not the kernel's.*\nhint: run it on the host itself/);
});

test("without tracefs: how to mount it", asRoot, async () => {
  const unmount = 'umount -R -l /sys/kernel/debug /sys/kernel/tracing 2>/dev/null; exec "$@"';
  const text = await blockerIn("unshare", "--mount", "sh", "-c", unmount, "sh");
  assert.match(text, /^cannot trace: tracefs is not mounted .*\nhint: mount -t tracefs tracefs \/sys\/kernel\/tracing/);
});

test("without bpftrace in PATH: how to install it", asRoot, async () => {
  const bin = mkdtempSync(join(tmpdir(), "sockleak-path-"));
  after(() => rmSync(bin, { recursive: true }));
  symlinkSync((await localHost.which("setpriv")) ?? "", join(bin, "setpriv"));
  const env = (await localHost.which("env")) ?? "env";
  const text = await blockerIn(env, `PATH=${bin}`);
  assert.match(text, /^cannot trace: bpftrace is not installed .*\nhint: install it: apt-get install bpftrace/);
});

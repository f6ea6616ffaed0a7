/** scripts/prepare.sh: says what it does, once; leaves nothing of root's in the checkout; names the cure. */
import assert from "node:assert/strict";
import { existsSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { type Checkout, makeCheckout, makePath, ownedByRoot, runScript } from "./checkout.ts";

const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: checkouts of other users" };
/** nobody: a user without a home. */
const USER = 65534;
/** A user that no passwd knows, as in a container. */
const STRANGER = 54321;
const UNTRACED = "umount -R -l /sys/kernel/debug /sys/kernel/tracing 2>/dev/null; ";

function checkoutOf(t: TestContext, owner: number): Checkout {
  const checkout = makeCheckout({ owner });
  t.after(checkout.remove);
  return checkout;
}

function pathOf(options: Parameters<typeof makePath>[0]): Record<string, string> {
  const path = makePath(options);
  after(path.remove);
  return { PATH: path.path };
}

const said = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("sockleak: "));

test("through sudo: installs and builds as the user, then has nothing to do and says nothing", asRoot, async (t) => {
  const checkout = checkoutOf(t, USER);
  const place = { env: { SUDO_UID: String(USER), SUDO_GID: String(USER) } };
  const first = await runScript(checkout, ["prepare.sh"], place);
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(said(first.stderr), ["sockleak: installing npm packages", "sockleak: building dist"]);
  assert.equal(first.stdout, "");
  assert.deepEqual(await ownedByRoot(checkout.path), []);
  assert.ok(existsSync(join(checkout.path, "node_modules/piece")));
  assert.equal(statSync(join(checkout.path, "dist/cli.js")).mode & 0o111, 0o111);
  const second = await runScript(checkout, ["prepare.sh"], place);
  assert.deepEqual([second.code, second.stdout, second.stderr], [0, "", ""]);
});

test("a newer source is built again, a newer lock file is installed again", asRoot, async (t) => {
  const checkout = checkoutOf(t, USER);
  await runScript(checkout, ["prepare.sh"]);
  const soon = Date.now() / 1000 + 1;
  utimesSync(join(checkout.path, "src/cli.js"), soon, soon);
  assert.deepEqual(said((await runScript(checkout, ["prepare.sh"])).stderr), ["sockleak: building dist"]);
  utimesSync(join(checkout.path, "package-lock.json"), soon, soon);
  assert.match((await runScript(checkout, ["prepare.sh"])).stderr, /installing npm packages/);
});

test("a checkout of somebody else: his, not the caller's, and not root's", asRoot, async (t) => {
  const checkout = checkoutOf(t, STRANGER);
  const { code, stderr } = await runScript(checkout, ["prepare.sh"], { env: { SUDO_UID: String(USER) } });
  assert.equal(code, 0, stderr);
  assert.equal(statSync(join(checkout.path, "dist/cli.js")).uid, STRANGER);
  assert.deepEqual(await ownedByRoot(checkout.path), []);
});

test("root itself, in a user's checkout without sudo: still the user's", asRoot, async (t) => {
  const checkout = checkoutOf(t, USER);
  assert.equal((await runScript(checkout, ["prepare.sh"])).code, 0);
  assert.deepEqual(await ownedByRoot(checkout.path), []);
});

test("too old a Node: the cure by name, exit 3, nothing touched", async (t) => {
  const checkout = checkoutOf(t, process.geteuid?.() ?? 0);
  const { code, stderr } = await runScript(checkout, ["prepare.sh"], {
    env: pathOf({ scripts: { node: "echo v18.19.0" } }),
  });
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^cannot start: sockleak needs Node 20 or newer, found v18\.19\.0\nhint: install one with 'nvm install 20'/,
  );
  assert.equal(existsSync(join(checkout.path, "node_modules")), false);
});

const OTHERS: readonly (readonly [manager: string, hint: RegExp])[] = [
  ["dnf", /hint: dnf install bpftrace iproute util-linux, then run this again/],
  ["zypper", /hint: zypper install bpftrace iproute2 util-linux/],
  ["pacman", /hint: pacman -S bpftrace iproute2 util-linux/],
  ["apk", /hint: apk add bpftrace iproute2 util-linux setpriv/],
  ["none", /hint: install bpftrace, iproute2 and util-linux with your package manager/],
];

for (const [manager, hint] of OTHERS) {
  test(`no bpftrace and no apt-get (${manager}): says what to install, exit 3`, asRoot, async (t) => {
    const env = pathOf({ without: ["bpftrace", "apt-get"], scripts: { [manager]: "exit 1" } });
    const { code, stderr } = await runScript(checkoutOf(t, USER), ["prepare.sh"], { env });
    assert.equal(code, 3);
    assert.match(stderr, /^cannot trace: missing bpftrace\n/);
    assert.match(stderr, hint);
  });
}

test("Debian: installs what is missing with apt-get, in one line", asRoot, async (t) => {
  const env = pathOf({ without: ["bpftrace"], scripts: { "apt-get": 'echo "apt-get $*" >&2' } });
  const { stderr } = await runScript(checkoutOf(t, USER), ["prepare.sh"], { env });
  assert.match(stderr, /^sockleak: installing with apt-get: bpftrace iproute2 util-linux \(missing: bpftrace\)$/m);
  assert.match(stderr, /^apt-get install -qq -y --no-install-recommends bpftrace iproute2 util-linux$/m);
});

test("for guests: QEMU and what builds their images, too", asRoot, async (t) => {
  const env = pathOf({ without: ["qemu-system-x86_64"], scripts: { "apt-get": 'echo "apt-get $*" >&2' } });
  const { stderr } = await runScript(checkoutOf(t, USER), ["prepare.sh", "guests"], { env });
  assert.match(
    stderr,
    /^apt-get install .* gcc libc6-dev qemu-system-x86 mmdebstrap erofs-utils busybox-static kmod xz-utils$/m,
  );
});

test("apt-get fails: the cure, exit 3", asRoot, async (t) => {
  const env = pathOf({ without: ["bpftrace"], scripts: { "apt-get": "echo broken >&2; exit 100" } });
  const { code, stderr } = await runScript(checkoutOf(t, USER), ["prepare.sh"], { env });
  assert.equal(code, 3);
  assert.match(stderr, /\ncannot trace: apt-get could not install bpftrace .*\nhint: repair it with/);
});

test("not root and no bpftrace: prepares the rest and says what is missing", asRoot, async (t) => {
  const env = pathOf({ without: ["bpftrace"] });
  const through = ["setpriv", "--reuid", String(USER), "--regid", String(USER), "--clear-groups"];
  const checkout = checkoutOf(t, USER);
  const cache = { HOME: "/tmp", npm_config_cache: join(checkout.path, ".npm") };
  const { code, stderr } = await runScript(checkout, ["prepare.sh"], { env: { ...env, ...cache }, through });
  await runScript(checkout, ["prepare.sh"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^sockleak: missing: bpftrace; not installed, since that needs root \(sudo npm start/);
  assert.ok(existsSync(join(checkout.path, "dist/cli.js")));
});

test("no tracefs: mounts it and says so", asRoot, async (t) => {
  const check = 'sh "$2"; grep " /sys/kernel/tracing tracefs " /proc/mounts';
  const through = ["unshare", "--mount", "sh", "-c", `${UNTRACED}${check}`, "sh"];
  const { stdout, stderr } = await runScript(checkoutOf(t, USER), ["prepare.sh"], { through });
  assert.match(stderr, /^sockleak: mounting tracefs on \/sys\/kernel\/tracing$/m);
  assert.match(stdout, /^tracefs \/sys\/kernel\/tracing tracefs /);
});

test("the build fails: its message, ours, exit 3, no stack trace", asRoot, async (t) => {
  const checkout = checkoutOf(t, USER);
  const env = pathOf({ scripts: { cp: "echo 'cp: no space' >&2; exit 1" } });
  const { code, stderr } = await runScript(checkout, ["prepare.sh"], { env });
  assert.equal(code, 3);
  assert.match(stderr, /cp: no space\n(.*\n)*cannot start: the build failed \(its message is above\)\nhint: /);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

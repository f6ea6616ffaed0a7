/** scripts/start.sh: the dashboard wants root and says so; everything else passes through. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pty from "@lydell/node-pty";
import { type Checkout, makeCheckout, runScript } from "./checkout.ts";

const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: to become another user" };
const USER = 65534;

function checkoutOf(t: TestContext): Checkout {
  const checkout = makeCheckout({ owner: process.geteuid?.() === 0 ? USER : (process.geteuid?.() ?? 0) });
  t.after(checkout.remove);
  return checkout;
}

type Seen = { readonly screen: string; readonly code: number };

function inTerminal([program, ...rest]: readonly [string, ...string[]]): Promise<Seen> {
  return new Promise((resolve) => {
    const terminal = pty.spawn(program, rest, { cols: 200, rows: 24 });
    let screen = "";
    terminal.onData((data) => {
      screen += data;
    });
    terminal.onExit(({ exitCode }) => resolve({ screen: screen.replaceAll("\r", ""), code: exitCode }));
  });
}

const PASS: readonly (readonly string[])[] = [
  [],
  ["top"],
  ["--pid", "4121"],
  ["list"],
  ["doctor"],
  ["trace", "--json"],
  ["top", "--once"],
  ["--help"],
  ["top", "-h"],
  ["report", "a b", "$(id)", ""],
];

for (const argv of PASS) {
  test(`passes through without a terminal: ${JSON.stringify(argv)}`, asRoot, async (t) => {
    const { code, stdout, stderr } = await runScript(checkoutOf(t), ["start.sh", ...argv]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), argv);
  });
}

test("a terminal and not root: exit 3, a hint, nothing prepared", asRoot, async (t) => {
  const checkout = checkoutOf(t);
  const user = ["--reuid", String(USER), "--regid", String(USER), "--clear-groups"];
  const { screen, code } = await inTerminal(["setpriv", ...user, "sh", join(checkout.path, "scripts/start.sh")]);
  assert.equal(code, 3);
  assert.match(screen, /^cannot trace: bpftrace needs root, this is uid 65534\nhint: run 'sudo npm start'/);
  assert.equal(existsSync(join(checkout.path, "dist")), false);
});

test("a terminal and root: prepares, then runs", asRoot, async (t) => {
  const { screen, code } = await inTerminal(["sh", join(checkoutOf(t).path, "scripts/start.sh")]);
  assert.equal(code, 0);
  assert.match(screen, /sockleak: installing npm packages\n(.*\n)*sockleak: building dist\n\[\]\n$/);
});

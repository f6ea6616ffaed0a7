import assert from "node:assert/strict";
import { test } from "node:test";
import { gateId } from "../../src/gate/identity.ts";
import { programOf } from "../../src/gate/program.ts";

const of = (exe: string | null, ...args: readonly string[]) =>
  programOf({ facts: exe === null ? null : { exe, args: [exe, ...args] }, comm: "comm" });

test("a program is called what it will be called the next time", () => {
  assert.equal(of("/usr/bin/python3.11", "-u", "/srv/app/api.py", "--port", "0"), "python3 api.py");
  assert.equal(of("/opt/python3.12", "api.py"), "python3 api.py");
  assert.equal(of("/usr/bin/python3.11", "-m", "pytest", "tests"), "python3 pytest");
  assert.equal(of("/usr/bin/python3.11", "-c", "import this"), "python3");
  assert.equal(of("/usr/bin/node", "--test-reporter=tap", "/home/ci/build-8812/test/api.test.js"), "node api.test.js");
  assert.equal(of("/usr/lib/jvm/bin/java", "-Xmx1g", "-jar", "/srv/shop.jar"), "java shop.jar");
  assert.equal(of("/tmp/go-build1234/b001/store.test", "-test.timeout=10m"), "store.test");
  assert.equal(of("/usr/bin/python3.11", "/tmp/tmpa8f3/conftest.py"), "python3 conftest.py", "the path is not in it");
  assert.equal(of("/usr/bin/python3.11", "/tmp/tmpa8f3.py"), "python3", "the name is another's the next time");
  assert.equal(of("/usr/bin/node"), "node");
  assert.equal(
    of("/usr/bin/java", "-jar", "/srv/target/surefire/surefirebooter11655057626907272785.jar", "/srv/target/surefire"),
    "java surefire",
  );
  assert.equal(of(null), "comm");
});

test("an option's value is no script", () => {
  const worker = "/srv/node_modules/vitest/dist/workers/forks.js";
  assert.equal(of("/usr/bin/node", "--require", "/srv/hook.cjs", "--conditions", "node", worker), "node forks.js");
  assert.equal(of("/usr/bin/node", "-r", "./hook.cjs", "-p", "1"), "node");
  assert.equal(
    of("/usr/bin/java", "-cp", "target/classes:/srv/junit.jar", "org.junit.runner.JUnitCore", "shop.Tests"),
    "java org.junit.runner.JUnitCore",
  );
  assert.equal(of("/usr/bin/java", "-p", "mods", "-m", "shop/shop.Main"), "java shop.Main");
  assert.equal(of("/usr/bin/python3.11", "-W", "error", "-X", "dev", "-m", "pytest"), "python3 pytest");
  assert.equal(of("/usr/bin/php8.2", "-d", "memory_limit=1G", "worker.php"), "php8 worker.php");
  assert.equal(of("/bin/bash", "-o", "pipefail", "load.sh"), "bash load.sh");
});

test("an id knows neither pids nor ports that nobody chose, nor which of several came first", () => {
  const ports = (...all: readonly number[]) => all.map((port) => ({ port, count: 1 }));
  const peers = (...all: readonly number[]) => all.map((port) => ({ addr: "172.17.0.3", port, count: 1 }));
  const id = (side: "accept" | "connect" | null, localPorts = ports(), far = peers()) =>
    gateId("node", { kind: "eof-ignored", side, localPorts, peers: far });
  assert.equal(id("accept", ports(8_080), peers(0)), "node eof-ignored accept :8080");
  assert.equal(id("accept", ports(41_235, 52_011), peers(0)), "node eof-ignored accept :*");
  assert.equal(id("accept", ports(9_000, 8_080, 41_235)), id("accept", ports(8_080, 9_000)));
  assert.equal(id("connect", ports(), peers(5_432)), "node eof-ignored connect :5432");
  assert.equal(id("connect", ports(), peers(40_000)), "node eof-ignored connect :*");
  assert.equal(id(null), "node eof-ignored - :*");
});

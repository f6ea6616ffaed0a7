/** Lockdown in its stricter form, which a running kernel does not take back: no probe may read its memory. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { tryAttach } from "../../../../src/source/attach.ts";
import { ATTACHMENTS } from "../../capabilities.ts";
import { sockleak } from "../child.ts";

test("lockdown=confidentiality: trace ends with 3, the kernel's reason and the cure", async () => {
  writeFileSync("/sys/kernel/security/lockdown", "confidentiality");
  const { code, stderr } = await sockleak("trace", "--json");
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^cannot trace: the kernel lets no program read its memory \(lockdown confidentiality\)\nhint: boot with lockdown=integrity/,
  );
});

for (const attachment of ATTACHMENTS) {
  test(`lockdown=confidentiality: it is so by ${attachment}`, async () => {
    const attempt = await tryAttach(attachment);
    assert.equal(attempt.ok, false);
  });
}

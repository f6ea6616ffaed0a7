import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { documentOf } from "../../src/analysis/document.ts";
import type { Analysis, Culprit, Finding } from "../../src/analysis/finding.ts";
import { displayWidth } from "../../src/format/width.ts";
import type { ListOptions } from "../../src/report/list-page.ts";
import { renderList } from "../../src/report/list-text.ts";
import {
  analysisOf,
  culprit,
  finding,
  holder,
  smallFinding,
  stuck,
  suspectFinding,
  threads,
} from "../analysis/made-findings.ts";
import { snapshot } from "../analysis/sockets.ts";
import { assertScreen } from "../dashboard/terminal.ts";

type Asked = Partial<ListOptions> & { readonly sockets?: number; readonly said?: Partial<Analysis> };

function listOf(findings: readonly Finding[], { sockets = 0, said = {}, ...options }: Asked = {}): string {
  const books = { opened: 0, standing: 1_204, closed: 0, live: 1_204, lost: 0 };
  const census = { attachment: "census", mode: "census", books } as const;
  const stood = snapshot({ wallMs: Date.UTC(2026, 10, 21, 12, 0, 13), ...census });
  return renderList(documentOf(analysisOf(findings, { oldestCloseWaitMs: 300, ...said }), stood, { sockets }), {
    columns: 80,
    ascii: true,
    ...options,
  });
}

const curve = { bucketMs: 3_600_000, counts: Array.from({ length: 52 }, (_, hour) => 60 + (hour % 24) * 5) };
const rootless = {
  complete: false,
  why: ["sockets of 41 processes of other users (not root)", "3 subflows of MPTCP are not analysed"],
};
const pool = suspectFinding({
  kind: "pool-idle",
  because: "8 idle towards one peer, as many as 2 h ago",
  sockets: [],
  side: "connect",
  count: 8,
  lookAgainMs: null,
  peers: [{ addr: "fd00::3:4", port: 6379, count: 8 }],
});

test("one leak: design.md's first screen", () => assertScreen("list-one-leak", listOf([finding({ curve })])));

test("two leaks, a suspect, a pool, what was not seen", () =>
  assertScreen("list-two-leaks", listOf([smallFinding(), finding(), suspectFinding(), pool], { said: rootless })));

test("two leaks with their sockets at 200 columns", () => {
  const sockets = [17, 18, 4096].map((fd) => stuck({}, { inode: 70_000 + fd, holders: [holder({ fd })] }));
  const wide = { columns: 200, ascii: false, sockets: 2 };
  assertScreen("list-wide", listOf([smallFinding(), finding({ curve, sockets })], wide));
});

test("the first six lines say of two leaks who, towards whom, in what way, how long, how fast, until when", () => {
  const top = listOf([smallFinding(), finding()]).split("\n").slice(0, 6).join(" ");
  for (const word of ["java 4121", "checkout.service", "10.0.3.4:443", "eof-unread", "at least 2 d 4 h", "71/h"]) {
    assert.ok(top.includes(word), `${word} is not in ${top}`);
  }
  for (const word of ["python3 812", "8080", "10.0.0.9", "eof-ignored", "61 s", "2,360/h", "24 min", "2 d 13 h"]) {
    assert.ok(top.includes(word), `${word} is not in ${top}`);
  }
});

test("sockets stay aligned within 80 columns: of our address the port remains, of theirs all", () => {
  const far = { addr: "2001:db8:1234:5678:9abc:def0:1234:5678", port: 54_321 };
  const local = { addr: "2001:db8:1234:5678:9abc:def0:1234:1", port: 8080 };
  const sockets = [17, 4096].map((fd) => stuck({}, { local, remote: far, holders: [holder({ fd })] }));
  const table = listOf([finding({ sockets })], { sockets: 2 })
    .split("\n")
    .filter((line) => /OURS|CLOSE_WAIT/.test(line));
  assert.deepEqual(table, [
    "  OURS   THEIRS                                          STATE          FOR    FD",
    "  :8080  [2001:db8:1234:5678:9abc:def0:1234:5678]:54321  CLOSE_WAIT  >=2d4h    17",
    "  :8080  [2001:db8:1234:5678:9abc:def0:1234:5678]:54321  CLOSE_WAIT  >=2d4h  4096",
  ]);
});

test("nothing leaked is an answer with its evidence", () => {
  const [first] = listOf([]).split("\n");
  assert.equal(first, "nothing leaked: 1,204 live, oldest CLOSE_WAIT 0.3 s, complete");
});

test("what cannot be told is not called clean", () => {
  const text = listOf([], { said: { verdict: "unknown", ...rootless } });
  assert.match(text, /^not enough seen to say that nothing leaks: /);
  assert.match(text, /\nnot seen: sockets of 41 processes of other users \(not root\); 3 subflows/);
});

test("a suspect is marked and says when to look again", () => {
  const text = listOf([suspectFinding()]);
  assert.match(text, /^no leak yet, 3 suspect sockets: /);
  assert.match(text, /\nsuspect: python3 812[\s\S]*may leak 3 sockets[\s\S]*look again in 40 s/);
});

test("what only may leak is not counted with what does", () => {
  const maybe = smallFinding({ confidence: "possible" });
  const [both] = listOf([finding(), maybe]).split("\n\n");
  assert.match(both ?? "", /^1 process leaks 6,021 sockets, 1 may leak 40; first out of fds: java 4121/);
  assert.match(listOf([maybe, { ...maybe, process: null }]), /^2 processes may leak 80 sockets/);
});

test("a process of which only the pid is known is called so", () => {
  assert.match(listOf([finding({ process: culprit({ comm: "?", unit: null, args: [] }) })]), /^process 4121 leaks /);
});

test("where no manager names a program, its arguments do, without options and folders", () => {
  const args = ["python3", "-B", "/srv/shop/api.py", "serve"];
  const context = (over: Partial<Culprit>) =>
    listOf([finding({ process: culprit({ args, ...over }) })]).split(" leaks")[0];
  assert.equal(context({ unit: "session-3.scope" }), "java 4121 (api.py serve)");
  assert.equal(context({ unit: "user@1000.service" }), "java 4121 (api.py serve)");
  assert.equal(context({ container: "0123456789abcdef" }), "java 4121 (container 0123456789ab)");
  assert.equal(context({ container: "0123456789abcdef", pod: "web-7d9f" }), "java 4121 (pod web-7d9f)");
});

test("many suspects are counted, many leaks are all shown", () => {
  const some = Array.from({ length: 23 }, (_, i) => i + 1000);
  const suspects = some.map((pid) => suspectFinding({ process: culprit({ pid }) }));
  assert.match(listOf(suspects), /\nsuspect: 13 more, in sockleak list --json\n/);
  const leaks = listOf(some.map((pid) => finding({ process: culprit({ pid }) })));
  for (const pid of some) assert.ok(leaks.includes(`java ${pid}`));
});

test("colour wraps whole lines and changes no letter", () => {
  const leaks = [finding(), smallFinding(), suspectFinding()];
  const coloured = listOf(leaks, { colour: true });
  assert.notEqual(coloured, listOf(leaks));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  assert.equal(coloured.replace(/\x1b\[\d+m/g, ""), listOf(leaks));
});

const HOSTILE = 'a"b\x1b[2J\n{red-fg}\u202e日本%s\\';

test("hostile names reach the terminal as harmless text", () => {
  const who = culprit({ comm: HOSTILE, unit: `${HOSTILE}.service`, args: [HOSTILE, HOSTILE] });
  const hostile = finding({
    process: who,
    because: HOSTILE,
    threads: [threads({ name: HOSTILE })],
    peers: [{ addr: HOSTILE, port: 443, count: 1 }],
  });
  const asked = { sockets: 1, said: { why: [HOSTILE], complete: false } };
  assert.match(listOf([hostile], asked), /^[ -~\n]+$/);
  const text = listOf([hostile], { ...asked, ascii: false });
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
  assert.ok(text.includes("日本"));
  assertScreen("list-hostile", listOf([hostile], asked));
});

const word = fc.string({ unit: "binary", maxLength: 60 });
const some = fc.record({
  comm: word,
  unit: fc.option(word),
  pod: fc.option(word),
  because: word,
  addr: fc.oneof(fc.ipV6(), fc.ipV4(), word),
  count: fc.nat(),
  columns: fc.integer({ min: 40, max: 220 }),
});

test("no line is wider than the page, no leak takes more than six at 80 columns, whatever the names", () => {
  fc.assert(
    fc.property(some, ({ comm, unit, pod, because, addr, count, columns }) => {
      const peers = [{ addr, port: 65_535, count }];
      const leak = finding({ process: culprit({ comm, unit, pod }), because, peers, count });
      const lines = listOf([leak], { columns, ascii: false }).split("\n");
      const next = `  next: sudo sockleak report --pid 4121 --until 3`;
      for (const line of lines) assert.ok(displayWidth(line) <= columns || line === next, line);
      assert.ok(lines.indexOf("") <= 6);
    }),
  );
});

test("two leaks are both within the first six lines, whatever their names", () => {
  fc.assert(
    fc.property(some, some, fc.boolean(), (one, other, sure) => {
      const leak = ({ addr, count, because, comm, unit, pod }: typeof one, pid: number) =>
        finding({ process: culprit({ comm, unit, pod, pid }), because, count, peers: [{ addr, port: 443, count }] });
      const leaks = [leak(one, 4121), { ...leak(other, 812), confidence: sure ? "likely" : "possible" } as const];
      const top = listOf(leaks).split("\n").slice(0, 6);
      assert.ok(
        top.some((line) => /^1\..* 4121\b/.test(line)) && top.some((line) => /^2\..* 812\b/.test(line)),
        top.join("\n"),
      );
    }),
  );
});

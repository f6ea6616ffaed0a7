/** Flame graphs: what is shown how wide, and in a browser clicked, searched, switched and printed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { safeText } from "../../src/format/safe-text.ts";
import type { Event } from "../../src/model/event.ts";
import type { Frame } from "../../src/model/site.ts";
import { type Box, boxesOf, isFound, wayTo } from "../../src/page/flame.ts";
import type { FlameNode } from "../../src/report/html/page-data.ts";
import { make } from "../recording/generate.ts";
import { folder } from "../recording/temporary.ts";
import { CHROMIUM, openPage } from "./browser.ts";
import { writePage } from "./made-page.ts";

const skip = CHROMIUM === undefined ? "no chromium" : false;
const dir = folder();

function node(text: string, leaked: number, opened: number, ...below: readonly FlameNode[]): FlameNode {
  return { text, leaked, opened, closed: opened - leaked, below };
}

const FETCH = node("fetch (net.c:66)", 23, 23);
const ORDER = node("order (net.c:80)", 0, 74);
const TREE = [node("main", 23, 97, FETCH, ORDER)];
const shares = (boxes: readonly Box[]): unknown => boxes.map((box) => [box.node.text, box.share, shares(box.below)]);

test("as wide as what leaked through it, or as what was opened", () => {
  assert.deepEqual(shares(boxesOf(TREE, "leaked")), [["main", 1, [[FETCH.text, 1, []]]]]);
  const opened = [
    [FETCH.text, 23 / 97, []],
    [ORDER.text, 74 / 97, []],
  ];
  assert.deepEqual(shares(boxesOf(TREE, "opened")), [["main", 1, opened]]);
  assert.equal(boxesOf(TREE, "opened")[0]?.leakedShare, 23 / 97);
  assert.deepEqual(boxesOf([node("main", 0, 0)], "opened"), []);
});

test("the way to a function, and which are found", () => {
  assert.deepEqual(wayTo(TREE, ORDER), [TREE[0], ORDER]);
  assert.deepEqual(wayTo(TREE, node("main", 23, 97)), []);
  assert.deepEqual(
    [isFound(FETCH, ["net.c", "fetch"]), isFound(FETCH, ["order"]), isFound(FETCH, [])],
    [true, false, false],
  );
});

/** Two ways in which the leaky service accepts, and their names; the first forgets more. */
function* withPaths(names: readonly [string, string]): Generator<Event[]> {
  const main: Frame = { address: "3", function: "main", file: "/srv/app.c", line: 9, object: "/srv/app", offset: 3 };
  const opened = [0, 0];
  for (const batch of make({ events: 60_000, leakPercent: 50, rate: 500 })) {
    yield batch.flatMap((event): Event[] => {
      if (event.type !== "open" || event.pid !== 4121) return [event];
      const way = (event.fd ?? 0) % 3 === 0 ? 1 : 0;
      opened[way] = (opened[way] ?? 0) + 1;
      const { atUs, seq, sock, local, remote, netns, inode } = event;
      return [event, { type: "path", atUs, seq, sock, local, remote, netns, inode, role: "opened", site: way + 1 }];
    });
    const at = { atUs: batch.at(-1)?.atUs ?? 0, seq: batch.at(-1)?.seq ?? 0 };
    const sites = names.flatMap((name, way): Event[] => {
      const site = way + 1;
      const frames = [{ ...main, address: `${site}`, function: name, line: 80 + way }, main];
      return [
        { ...at, type: "site", site, pid: 4121, did: "accept", ip: "1", near: [], chain: [] },
        { ...at, type: "symbol", site, frames, notes: [] },
      ];
    });
    const counts = opened.map((count, way) => ({ site: way + 1, count }));
    yield [...sites, { ...at, type: "paths", opened: counts, closed: [{ opened: 1, site: 9, count: 7 }], unsited: 0 }];
  }
}

test("a flame is searched, gone into, switched and printed", { skip }, async () => {
  const path = join(dir, "flames.html");
  writePage(path, withPaths(["take_upload", "take_download"]));
  const { page, complaints } = await openPage(path);
  const boxes = page.locator(".flame-box");
  assert.deepEqual(await page.locator(".flames figcaption span:first-child").allTextContents(), [
    "java 4121: where connections were opened ",
  ]);
  assert.equal(await boxes.count(), 4);
  assert.match(
    (await boxes.nth(1).getAttribute("title")) ?? "",
    /^main \(app\.c:9\): [\d,]+ of [\d,]+ opened leaked, 7 closed$/,
  );

  await page.fill("#search", "upload");
  assert.match((await page.locator(".flames .count").first().textContent()) ?? "", /^1 of 4 functions$/);
  assert.deepEqual(await page.locator(".flame-box.hit > span:first-child").allTextContents(), [
    "take_upload (app.c:80)",
  ]);
  await page.fill("#search", "");
  assert.equal(await page.locator(".flame-box.hit").count(), 0);

  const width = async (text: string) => (await boxes.filter({ hasText: text }).boundingBox())?.width ?? 0;
  const whole = await width("main");
  assert.ok((await width("take_upload")) > (await width("take_download")));
  await boxes.filter({ hasText: "take_download" }).click();
  assert.equal(await width("take_download"), whole);
  assert.equal(await boxes.count(), 3);
  await boxes.filter({ hasText: "take_download" }).click();
  assert.equal(await boxes.count(), 4);
  const before = await width("take_upload");
  await page.click(".flames figcaption button");
  assert.notEqual(await width("take_upload"), before);

  await page.emulateMedia({ media: "print" });
  assert.equal(await boxes.filter({ visible: true }).count(), 4);
  assert.equal(await page.locator(".flames figcaption button:visible").count(), 0);
  assert.deepEqual(complaints, []);
  await page.close();
});

const HOSTILE = "</button><script>alert(1)</script><img src=x onerror=alert(1)>\u001b]0;x\u0007\u202egpj";

test("hostile names of functions stay text", { skip }, async () => {
  const path = join(dir, "hostile-flames.html");
  writePage(path, withPaths([HOSTILE, `"; color: red; --leaked: 100%`]));
  const { page, complaints, requests } = await openPage(path);
  assert.deepEqual([complaints, requests], [[], [`file://${path}`]]);
  assert.equal(await page.locator("img").count(), 0);
  const texts = await page.locator(".flame-box > span:first-child").allTextContents();
  assert.ok(texts.includes(`${safeText(HOSTILE)} (app.c:80)`), texts.join());
  await page.close();
});

/** The html report in a browser: it opens by itself, quickly, and obeys. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { type Made, make } from "../recording/generate.ts";
import { folder } from "../recording/temporary.ts";
import { CHROMIUM, openPage } from "./browser.ts";
import { writePage } from "./made-page.ts";

const skip = CHROMIUM === undefined ? "no chromium" : false;
const dir = folder();

function write(name: string, made: Made): { readonly path: string; readonly sockets: number } {
  const path = join(dir, name);
  const { findings } = writePage(path, make(made));
  return { path, sockets: findings.reduce((sum, { sockets }) => sum + sockets.length, 0) };
}

test("20,000 sockets: small, first picture within a second, no complaint, no request", { skip }, async () => {
  const { path, sockets } = write("large.html", { events: 700_000, leakPercent: 80 });
  assert.ok(sockets >= 20_000, `${sockets} sockets`);
  assert.ok(statSync(path).size < 3_000_000, `${statSync(path).size} bytes`);
  const { page, complaints, requests } = await openPage(path);
  const firstMs = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 1e9,
  );
  assert.ok(firstMs < 1_000, `first picture after ${firstMs} ms`);
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests, [`file://${path}`]);
  await page.close();
});

test("it is searched, zoomed, pointed at, and turned dark", { skip }, async () => {
  const { path } = write("small.html", { events: 150_000, leakPercent: 30 });
  const { page, complaints } = await openPage(path);
  const count = () => page.locator(".sockets .count").textContent();
  const span = () => page.locator("canvas.bars").getAttribute("aria-label");
  const whole = await span();
  const all = await count();

  await page.fill("#search", "java eof-ignored 10.0.3.");
  assert.match((await count()) ?? "", /^[1-9][\d,]* of /);
  assert.notEqual(await count(), all);
  await page.fill("#search", "no such words anywhere");
  assert.match((await count()) ?? "", /^0 of /);
  assert.equal(await page.locator("article.finding:visible").count(), 0);
  await page.fill("#search", "");
  assert.equal(await count(), all);
  await page.uncheck("#closed");
  assert.notEqual(await count(), all);

  await page.click("#zoom-in");
  await untilSpan(page, "!==", whole);
  const nearer = await span();
  await page.click("#later");
  await untilSpan(page, "!==", nearer);
  await page.click("#whole");
  await untilSpan(page, "===", whole);

  const curve = page.locator(".curve .u-over").first();
  await curve.scrollIntoViewIfNeeded();
  const box = await curve.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await untilSpan(page, "!==", whole);

  await page.locator("canvas.bars").scrollIntoViewIfNeeded();
  await page.locator(".scroller").hover({ position: { x: 500, y: 60 } });
  assert.match(
    (await page.locator(".tip:visible").textContent()) ?? "",
    /java 4121.*10\.0\.0\.5:8443 → .*CLOSE_WAIT for /,
  );

  const back = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const light = await back();
  await page.click("#theme");
  assert.notEqual(await back(), light);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#tools:visible").count(), 0);
  assert.equal(await back(), "rgb(255, 255, 255)");
  assert.deepEqual(complaints, []);
  await page.close();
});

/** The timelines' span, as it is told to those who cannot see it. As text, since Node knows no document. */
async function untilSpan(page: Page, is: "===" | "!==", span: string | null): Promise<void> {
  // By a selector: a text of script would be evaluated in the page, which its policy forbids.
  const label = `[aria-label=${JSON.stringify(span)}]`;
  await page.locator(is === "===" ? `canvas.bars${label}` : `canvas.bars:not(${label})`).waitFor();
}

const HOSTILE = [
  "</script><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "<!--<script>",
  "'+alert(1)+'",
  "\u001b]0;x\u0007\u202egpj.exe",
  "{{alert(1)}}`$`{alert(1)}",
];

for (const hostile of HOSTILE) {
  test(`names with ${JSON.stringify(hostile)} stay text`, { skip }, async () => {
    const { path } = write("hostile.html", { events: 60_000, leakPercent: 50, hostile });
    const { page, complaints, requests } = await openPage(path);
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests, [`file://${path}`]);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.locator("script").count(), 2);
    const { safeText } = await import("../../src/format/safe-text.ts");
    assert.ok((await page.locator("article.finding").first().textContent())?.includes(safeText(`app.jar${hostile}`)));
    await page.locator("canvas.bars").scrollIntoViewIfNeeded();
    await page.locator(".scroller").hover({ position: { x: 500, y: 60 } });
    assert.ok((await page.locator(".tip").textContent())?.includes("CLOSE_WAIT"));
    await page.close();
  });
}

/** Debian's chromium with one page in it, and what it complained of. */
import { existsSync } from "node:fs";
import { after } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const CHROMIUM: string | undefined = PLACES.find((path) => existsSync(path));

let started: Promise<Browser> | undefined;
after(async () => (await started)?.close());

export type Opened = {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, dialogs. */
  readonly complaints: readonly string[];
  /** Addresses that it asked for. */
  readonly requests: readonly string[];
};

/** Opens a file, and waits until its script has drawn. */
export async function openPage(path: string): Promise<Opened> {
  // uPlot throws where the locale is POSIX: Intl knows none of that name.
  const env = { ...process.env, LANG: "en_US.UTF-8" };
  started ??= chromium.launch({ executablePath: CHROMIUM as string, args: ["--no-sandbox"], env });
  const page = await (await started).newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`file://${path}`);
  await page.waitForSelector("html[data-drawn]");
  return { page, complaints, requests };
}

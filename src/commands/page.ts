/** The page's script and style as the build has made them: beside us in dist; a checkout that runs from src has a dist, too. */
import { existsSync, readFileSync } from "node:fs";
import type { PageAssets } from "../report/html/page.ts";

export { pageData } from "../report/html/data.ts";
export { renderPage } from "../report/html/page.ts";

import { CommandError, EXIT } from "./io.ts";

const PLACES = ["../", "../../dist/"];

export function pageAssets(): PageAssets {
  return { script: readAsset("page.js"), style: readAsset("page.css") };
}

function readAsset(name: string): string {
  const found = PLACES.map((place) => new URL(place + name, import.meta.url)).find((url) => existsSync(url));
  if (found !== undefined) return readFileSync(found, "utf8");
  throw new CommandError(EXIT.failed, { message: `${name} is missing from the installation`, hint: "npm run build" });
}

/** `npm run build`: writes dist/. Types are not checked here (`npm run types`). */
import { chmodSync, rmSync } from "node:fs";
import { bundle, bundlePage } from "./bundle.ts";

rmSync("dist", { recursive: true, force: true });
bundle({ cli: "src/cli.ts" }, "dist");
bundlePage("dist");
chmodSync("dist/cli.js", 0o755);

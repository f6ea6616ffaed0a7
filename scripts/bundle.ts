/**
 * Our modules and most of the packages in a few files: `list` takes a tenth less CPU so beside 20,000 sockets, and a fifth
 * less where there are hardly any.
 *
 *   OUT/NAME.js             each entry
 *   OUT/chunks/*.js         what several share, and what is loaded when it is asked for
 *   OUT/chunks/*-worker.js
 *   OUT/page.js, page.css   what a report's page runs and looks like
 *
 * Files of ours find others from where they lie: the chunks lie as deep as the sources (../../probes), each worker beside
 * its client. blessed and what is made with it find theirs in their own way, and stay packages.
 */
import { buildSync } from "esbuild";

/** What packages in CommonJS call. */
const REQUIRE = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

const WORKERS = {
  "chunks/desk-worker": "src/host/census/desk-worker.ts",
  "chunks/namer-worker": "src/symbols/namer-worker.ts",
};

/** `entries`: name → source. */
export function bundle(entries: Readonly<Record<string, string>>, outdir: string): void {
  buildSync({
    entryPoints: { ...entries, ...WORKERS },
    outdir,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["blessed", "blessed-contrib"],
    banner: { js: REQUIRE },
    sourcemap: true,
    logLevel: "warning",
  });
}

/** What a browser gets, within the report's page. */
export function bundlePage(outdir: string): void {
  buildSync({
    entryPoints: ["src/page/main.ts"],
    outfile: `${outdir}/page.js`,
    bundle: true,
    minify: true,
    charset: "ascii",
    target: "es2022",
    logLevel: "warning",
  });
}

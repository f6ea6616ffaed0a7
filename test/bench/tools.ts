/** The programs that the bench needs: installed with apt-get as scripts/prepare.sh does, or missing with a reason. */
import { join } from "node:path";
import { output } from "./child.ts";

/** Program → Debian's package. */
const PACKAGES = {
  gcc: "gcc",
  wrk: "wrk",
  nginx: "nginx-light",
  cyclictest: "rt-tests",
  tcpstates: "libbpf-tools",
  mmdebstrap: "mmdebstrap",
} as const;
export type Tool = keyof typeof PACKAGES;

/** mmdebstrap takes a minute on a good day. */
const ROOT_TIMEOUT_MS = 600_000;

/** Installs what is missing; says so first. What cannot be had is told by `hasTool`. */
export async function installTools(): Promise<void> {
  const missing: Tool[] = [];
  for (const tool of Object.keys(PACKAGES) as Tool[]) if (!(await hasTool(tool))) missing.push(tool);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => PACKAGES[tool]);
  console.error(`bench: installing with apt-get: ${packages.join(" ")} (missing: ${missing.join(" ")})`);
  const script =
    'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"';
  await output(["sh", "-c", script, "sh", ...packages], { timeoutMs: ROOT_TIMEOUT_MS }).catch((error: Error) =>
    console.error(`bench: ${error.message}`),
  );
}

export async function hasTool(tool: Tool): Promise<boolean> {
  const found = await output(["sh", "-c", `command -v ${tool} || true`], { timeoutMs: 10_000 });
  return found !== "";
}

let root: Promise<string> | undefined;

/** The folder of a Debian 13 root, built once and kept outside the repo; or why there is none. */
export function newerRoot(): Promise<string> {
  root ??= output([join(import.meta.dirname, "newer-root")], { timeoutMs: ROOT_TIMEOUT_MS }).then(
    (path) => path.trim(),
    (error: Error) => `no Debian 13 root: ${error.message.split("\n")[0]}`,
  );
  return root;
}

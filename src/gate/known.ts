/** What a finding is not held against: a baseline knows it, or somebody has said why it is all right. */
import type { Finding } from "../analysis/finding.ts";
import type { GateFinding } from "./judge.ts";

/** One entry of a suppressions file. What it does not name is any. */
export type Suppression = {
  readonly reason: string;
  readonly line: string;
  readonly id?: (id: string) => boolean;
  readonly kind?: string;
  readonly program?: (name: string) => boolean;
  readonly peer?: (addr: string) => boolean;
  readonly port?: number;
  readonly site?: (frame: string) => boolean;
};

export type Excuse =
  | { readonly by: "baseline" }
  | { readonly by: "suppression"; readonly reason: string; readonly line: string };

export function excuseOf(
  of: GateFinding,
  { baseline, suppressions }: { readonly baseline: ReadonlySet<string>; readonly suppressions: readonly Suppression[] },
): Excuse | null {
  const found = suppressions.find((one) => matches(one, of));
  if (found !== undefined) return { by: "suppression", reason: found.reason, line: found.line };
  return baseline.has(of.finding.id) ? { by: "baseline" } : null;
}

/** Everything that it names must hold of all of the finding's sockets: half an excuse is none. */
export function matches(of: Suppression, { finding, program }: GateFinding): boolean {
  return (
    (of.id === undefined || of.id(finding.id)) &&
    (of.kind === undefined || of.kind === finding.kind) &&
    (of.program === undefined || of.program(program)) &&
    (of.peer === undefined || all(finding.peers, ({ addr }) => of.peer?.(addr) === true)) &&
    (of.port === undefined || all(portsOf(finding), ({ port }) => port === of.port)) &&
    (of.site === undefined || hasSite(finding, of.site))
  );
}

/** The end that has a name: our port where they came to us, the peer's where we went. */
function portsOf({ side, localPorts, peers }: Finding): readonly { readonly port: number }[] {
  return side === "connect" ? peers : localPorts;
}

function all<T>(some: readonly T[], holds: (one: T) => boolean): boolean {
  return some.length > 0 && some.every(holds);
}

/** By file and line, or by function: of any frame on any of its paths. */
function hasSite({ sites }: Pick<Finding, "sites">, test: (frame: string) => boolean): boolean {
  const frames = sites.flatMap((site) => site.frames ?? []);
  return frames.some((frame) => test(`${frame.file ?? "?"}:${frame.line ?? 0}`) || test(frame.function ?? "?"));
}

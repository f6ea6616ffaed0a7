/** /proc/PID/cgroup, v1 and v2 → systemd unit, container and pod, by the paths that their managers are known to make. */

export type Membership = {
  readonly unit: string | null;
  readonly container: { readonly id: string; readonly runtime: string | null } | null;
  readonly podUid: string | null;
};

const ID = "[0-9a-f]{64}";
/** Runtime by what stands before the id: systemd scopes, containerd's "slice:prefix:id", plain folders. */
const RUNTIMES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(?:^|/)docker[-/](${ID})`), "docker"],
  [new RegExp(`cri-containerd[-:](${ID})`), "containerd"],
  [new RegExp(`(?:^|/)nerdctl-(${ID})`), "containerd"],
  [new RegExp(`(?:^|/)crio-(${ID})`), "cri-o"],
  [new RegExp(`(?:^|/)libpod-(${ID})`), "podman"],
];
const ANY_CONTAINER = new RegExp(`(?:^|[/:-])(${ID})(?:\\.scope)?(?=/|$)`);
const POD = /pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=[./:]|$)/;

export function parseCgroups(text: string): Membership {
  const paths = cgroupPaths(text);
  const container = firstOf(paths, findContainer);
  return { unit: firstOf(paths, findUnit), container, podUid: firstOf(paths, findPod) };
}

/** v2 first, then systemd's v1 hierarchy, then the others (a container manager may use only those). */
function cgroupPaths(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => /^(\d+):([^:]*):(\/.*)$/.exec(line));
  const rank = ([, number, controllers]: RegExpExecArray) =>
    number === "0" && controllers === "" ? 0 : controllers === "name=systemd" ? 1 : 2;
  return lines
    .filter((line) => line !== null)
    .sort((a, b) => rank(a) - rank(b))
    .map((line) => line[3] ?? "");
}

/** The innermost service, else the innermost scope that is not a container's. */
function findUnit(path: string): string | null {
  const parts = path.split("/").reverse();
  const unit =
    parts.find((part) => part.endsWith(".service")) ??
    parts.find((part) => part.endsWith(".scope") && !ANY_CONTAINER.test(part));
  return unit === undefined ? null : unescapeUnit(unit);
}

/** The deepest: a container inside a container is the one meant. */
function findContainer(path: string): Membership["container"] {
  const parts = path.split("/");
  for (let depth = parts.length; depth > 0; depth--) {
    const upTo = parts.slice(0, depth).join("/");
    const id = ANY_CONTAINER.exec(parts[depth - 1] ?? "")?.[1];
    if (id === undefined) continue;
    const known = RUNTIMES.find(([form]) => form.exec(upTo)?.[1] === id);
    return { id, runtime: known?.[1] ?? null };
  }
  return null;
}

function findPod(path: string): string | null {
  return path.includes("kubepods") ? (POD.exec(path)?.[1]?.replaceAll("_", "-") ?? null) : null;
}

function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function firstOf<T>(paths: readonly string[], find: (path: string) => T | null): T | null {
  for (const path of paths) {
    const found = find(path);
    if (found !== null) return found;
  }
  return null;
}

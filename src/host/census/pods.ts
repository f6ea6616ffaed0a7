/** Names of pods from the kubelet's log folders: only names of directories are read. */
import type { ProcHost } from "./proc-host.ts";

/** "namespace/name" */
export type PodNames = (podUid: string, containerId: string | null) => string | null;

export async function readPodNames(host: ProcHost): Promise<PodNames> {
  const pods = await host.listDir("/var/log/pods").catch(() => []);
  const containers = await host.listDir("/var/log/containers").catch(() => []);
  return podNamesIn(pods, containers);
}

/** /var/log/pods/NAMESPACE_NAME_UID, /var/log/containers/NAME_NAMESPACE_CONTAINER-ID.log */
export function podNamesIn(pods: readonly string[], containers: readonly string[]): PodNames {
  const byUid = new Map<string, string>();
  for (const folder of pods) {
    const [namespace, name, uid] = folder.split("_");
    if (uid !== undefined) byUid.set(uid, `${namespace}/${name}`);
  }
  const byContainer = new Map<string, string>();
  for (const file of containers) {
    const found = /^([^_]+)_([^_]+)_.*-([0-9a-f]{64})\.log$/.exec(file);
    if (found !== null) byContainer.set(found[3] ?? "", `${found[2]}/${found[1]}`);
  }
  return (uid, containerId) => byUid.get(uid) ?? byContainer.get(containerId ?? "") ?? null;
}

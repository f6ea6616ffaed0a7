/** [major, minor, patch] */
export type Version = readonly [number, number, number];

/** 0.17 is the oldest that was tried; 0.16 is the first whose `-f json` and `curtask` do what the probes need. */
export const OLDEST_BPFTRACE: Version = [0, 16, 0];

/** "bpftrace v0.17.0", "bpftrace v0.23.2-1ubuntu1", "bpftrace 0.20.2"; null for anything else. */
export function parseBpftraceVersion(text: string): Version | null {
  const found = /\bbpftrace\s+v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?/.exec(text);
  if (found === null) return null;
  return [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

export function isOlder(version: Version, than: Version): boolean {
  const at = version.findIndex((part, index) => part !== than[index]);
  return at >= 0 && (version[at] ?? 0) < (than[at] ?? 0);
}

export function printVersion(version: Version): string {
  return version.join(".");
}

/** `--netns`: an inode, a path, a name of `ip netns`, or pid:N, to the inode that events carry. */
import type { Host } from "./port.ts";

export type NetnsRef =
  | { readonly by: "inode"; readonly inode: number }
  | { readonly by: "file"; readonly path: string; readonly text: string };

export type Refused = {
  readonly ok: false;
  /** What, value, why: one line. */
  readonly error: string;
  readonly hint: string;
};

export type ParsedNetns = { readonly ok: true; readonly ref: NetnsRef } | Refused;
export type ResolvedNetns = { readonly ok: true; readonly inode: number } | Refused;

const FORMS = "give an inode (4026531840), a path (/run/netns/blue), a name (blue) or a process (pid:4121)";
const MAX_PID = 4_194_304; // PID_MAX_LIMIT, include/linux/threads.h
const MAX_INODE = 0xffff_ffff; // proc_alloc_inum gives 32 bits

export function parseNetns(text: string): ParsedNetns {
  if (/^\d+$/.test(text)) return parseInode(text);
  if (text.startsWith("pid:")) return parsePid(text);
  if (text.startsWith("/") && !text.includes("\0")) return file(text, text);
  if (/^(?!\.\.?$)[^/\s\0]+$/.test(text)) return file(`/run/netns/${text}`, text);
  return refuse(text, "it is none of the four forms");
}

export async function resolveNetns(host: Host, ref: NetnsRef): Promise<ResolvedNetns> {
  if (ref.by === "inode") return { ok: true, inode: ref.inode };
  try {
    const found = await host.identify(ref.path);
    if (found.isNamespace) return { ok: true, inode: found.inode };
    return refuse(ref.text, `${ref.path} is not a namespace`);
  } catch (error) {
    return refuse(ref.text, whyNot(ref.path, (error as NodeJS.ErrnoException).code));
  }
}

function parseInode(text: string): ParsedNetns {
  const inode = Number(text);
  if (inode < 1 || inode > MAX_INODE) return refuse(text, `an inode lies between 1 and ${MAX_INODE}`);
  return { ok: true, ref: { by: "inode", inode } };
}

function parsePid(text: string): ParsedNetns {
  const digits = text.slice("pid:".length);
  const pid = Number(digits);
  if (!/^\d+$/.test(digits) || pid < 1 || pid > MAX_PID) return refuse(text, `a pid lies between 1 and ${MAX_PID}`);
  return file(`/proc/${pid}/ns/net`, text);
}

function file(path: string, text: string): ParsedNetns {
  return { ok: true, ref: { by: "file", path, text } };
}

function whyNot(path: string, code: string | undefined): string {
  if (code === "ENOENT") return path.startsWith("/proc/") ? "there is no such process" : `there is no ${path}`;
  if (code === "EACCES" || code === "EPERM") return `${path} may not be read: that needs root`;
  return `${path}: ${code ?? "unreadable"}`;
}

function refuse(text: string, why: string): Refused {
  return { ok: false, error: `--netns ${JSON.stringify(text)}: ${why}`, hint: FORMS };
}

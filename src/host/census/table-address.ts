/** Addresses as `ss -n` prints them and as /proc/net/tcp{,6} does, to the stream's form: v4-mapped is v4, no scope. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import type { Address } from "../../model/event.ts";
import { Pool } from "./pool.ts";

/**
 * "10.0.0.1:80", "[2001:db8::1]:80", "[fe80::1]%eth0:80", "*:80", "0.0.0.0%lo:80", "0.0.0.0:*". Port "*" is 0.
 * Undefined: no such text.
 */
export function parseSsAddress(text: string, pool: Pool = new Pool()): Address | undefined {
  const colon = text.lastIndexOf(":");
  const port = parsePort(text.slice(colon + 1));
  if (colon < 1 || port === undefined) return undefined;
  const addr = pool.host(text.slice(0, colon), spellHost);
  return addr === undefined ? undefined : { addr, port };
}

function spellHost(printed: string): string | undefined {
  const host = withoutScope(printed);
  if (host === "*") return host;
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  return isIP(bare) === 0 ? undefined : unmapped(bare);
}

/** "0100007F:1F90", "00000000000000000000000001000000:1F90": 32-bit words in the machine's (little) order. */
export function parseProcAddress(text: string, pool: Pool = new Pool()): Address | undefined {
  const found = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(text);
  if (found === null) return undefined;
  const [, words = "", port = ""] = found;
  const addr = pool.host(words, spellWords);
  return addr === undefined ? undefined : { addr, port: Number.parseInt(port, 16) };
}

function spellWords(words: string): string {
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex")].reverse());
  return unmapped(ipaddr.fromByteArray(bytes).toString());
}

/** The far end of nobody: a listener's. */
export function isNobody({ addr, port }: Address): boolean {
  return port === 0 && (addr === "*" || addr === "0.0.0.0" || addr === "::");
}

function parsePort(text: string): number | undefined {
  if (text === "*") return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/** The interface is the socket's, not the address's; the probes do not tell it, so joining would fail over it. */
function withoutScope(host: string): string {
  const percent = host.indexOf("%");
  if (percent < 0) return host;
  // Two spellings: "[fe80::1]%eth0" and "[fe80::1%eth0]".
  return host.slice(0, percent) + (host.startsWith("[") && !host.slice(0, percent).endsWith("]") ? "]" : "");
}

export function unmapped(addr: string): string {
  if (!addr.toLowerCase().startsWith("::ffff:")) return addr;
  const parsed = ipaddr.process(addr);
  return parsed.kind() === "ipv4" ? parsed.toString() : addr;
}

import { safeAscii } from "./safe-text.ts";

/** "10.0.0.1:443", "[::1]:443"; "?" where it is not known. Escaped: a recording may hold anything. */
export function formatAddress(address: { readonly addr: string; readonly port: number } | null): string {
  if (address === null) return "?";
  const addr = safeAscii(address.addr, LONGEST);
  return addr.includes(":") ? `[${addr}]:${address.port}` : `${addr}:${address.port}`;
}

/** An IPv6 address with an embedded v4 one, the longest text form (INET6_ADDRSTRLEN less the end). */
const LONGEST = 45;

/** An IPv4 or IPv6 address by its letters: nothing else of it can mean anything to a shell or a terminal. */
export function isAddress(text: string): boolean {
  return text.length <= LONGEST && /^[0-9a-f:.]*[:.][0-9a-f:.]*$/i.test(text);
}

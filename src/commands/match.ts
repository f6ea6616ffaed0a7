/** What a person wrote → the test that a filter applies. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The test for --peer; v4-mapped addresses and networks are v4. */
export function peerTest(text: string): (addr: string) => boolean {
  const [address = "", bits] = text.split("/");
  const network = ipaddr.process(address);
  const length = bits === undefined ? (network.kind() === "ipv4" ? 32 : 128) : prefixLength(address, Number(bits));
  return (addr) => {
    if (isIP(addr) === 0) return false;
    const candidate = ipaddr.process(addr);
    return candidate.kind() === network.kind() && candidate.match(network, length);
  };
}

/** ::ffff:10.0.0.0/104 is 10.0.0.0/8. */
function prefixLength(address: string, bits: number): number {
  const mapped = isIP(address) === 6 && ipaddr.process(address).kind() === "ipv4";
  return mapped ? Math.max(0, bits - 96) : bits;
}

/** The test for a name: exact, `*` for any run of characters. */
export function nameTest(pattern: string): (name: string) => boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const regex = new RegExp(`^${source}$`, "su");
  return (name) => regex.test(name);
}

/** A container goes by the start of its id, long or short, or by its pod's name. */
export function containerTest(text: string): (name: string) => boolean {
  const named = nameTest(text);
  const isId = /^[0-9a-f]{4,64}$/.test(text);
  return (name) => named(name) || (isId && name.startsWith(text));
}

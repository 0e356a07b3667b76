import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.parse>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

// The only IPv6 addresses that hosts of the internet have: https://www.iana.org/assignments/ipv6-address-space
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

// Azure's virtual machines are given their secrets here, at an address that is public everywhere else:
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
const AZURE_HOST = ipaddr.parse("168.63.129.16");

/** The widest private range is fc00::/7 (RFC 4193). A wider one would let out what nobody meant to name. */
const WIDEST_PREFIX = 7;

/** Where a request is about to go, as its URL says. */
export interface Destination {
  /** `https:` or `http:`. */
  protocol: string;
  /** A name or a literal address, without brackets. */
  hostname: string;
}

/** Whether a connection for a destination may be opened to `address`, one of those that its name resolved to. */
export type Permits = (destination: Destination, address: string) => boolean;

/**
 * The rule for connections: public addresses by https, and what `allowed` names (ranges in CIDR notation, addresses,
 * host names); http only to loopback, and only where that is allowed. Throws on an entry that `isAllowable` refuses.
 */
export function permitsFor(allowed: readonly string[]): Permits {
  const ranges = allowed.map(parseRange).filter((range) => range !== null);
  const names = new Set(allowed.filter((entry) => !parseRange(entry)).map(parseName));
  return ({ protocol, hostname }, text) => {
    const address = parseAddress(text);
    if (!address) return false;
    if (protocol !== "https:" && address.range() !== "loopback") return false;
    return isPublic(address) || ranges.some((range) => isWithin(address, range)) || names.has(bare(hostname));
  };
}

/** Whether an entry can be allowed: a range that is not too wide, an address, or a host name. */
export function isAllowable(entry: string): boolean {
  try {
    return parseRange(entry) !== null || parseName(entry) !== "";
  } catch {
    return false;
  }
}

/** Everything that a registry of special purposes names is not public, and neither is what nobody was given yet. */
function isPublic(address: Address): boolean {
  if (address.range() !== "unicast" || isWithin(address, [AZURE_HOST, 32])) return false;
  return address.kind() === "ipv4" || isWithin(address, GLOBAL_IPV6);
}

// An IPv4-mapped address is within ranges of IPv6 only: another spelling allows nothing.
function isWithin(address: Address, [network, prefix]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, prefix);
}

// What the system and URLs call an address; ipaddr.js alone would also read octal and short forms.
function parseAddress(text: string): Address | null {
  return isIP(text) === 0 ? null : ipaddr.parse(text);
}

/** Null for what is no range or address, and so could be a name. */
function parseRange(entry: string): Range | null {
  const [text = "", prefix] = entry.split("/");
  const address = parseAddress(text);
  if (!address) return null;
  const bits = address.kind() === "ipv4" ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (/^\d*$/.test(prefix ?? "") && length >= WIDEST_PREFIX && length <= bits) return [address, length];
  throw new Error(`No range to be allowed: ${entry}`);
}

function parseName(entry: string): string {
  const name = bare(entry.toLowerCase());
  if (URL.parse(`https://${name}/`)?.hostname === name && /^[a-z0-9_.-]+$/.test(name)) return name;
  throw new Error(`No host name to be allowed: ${entry}`);
}

/** A trailing dot says that a name is complete, and changes nothing about whose it is. */
function bare(name: string): string {
  return name.replace(/\.$/, "");
}

// Ranges that no site has its address in, each with a word for why. Written down here once more, and computed with
// below, so that the tests do not ask the library that is tested.

/** https://www.iana.org/assignments/iana-ipv4-special-registry, multicast, and hosts of clouds. */
export const IPV4_RANGES: readonly [string, string][] = [
  ["0.0.0.0/8", "this network"],
  ["0.0.0.0/32", "this host"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "shared by carriers"],
  ["100.100.100.200/32", "metadata of a cloud"],
  ["127.0.0.0/8", "loopback"],
  ["168.63.129.16/32", "metadata of a cloud"],
  ["169.254.0.0/16", "link-local"],
  ["169.254.169.254/32", "metadata of clouds"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "protocols"],
  ["192.0.0.0/29", "IPv4 over IPv6"],
  ["192.0.0.8/32", "dummy"],
  ["192.0.0.9/32", "port control"],
  ["192.0.0.10/32", "TURN"],
  ["192.0.0.170/31", "NAT64 discovery"],
  ["192.0.0.192/32", "metadata of a cloud"],
  ["192.0.2.0/24", "documentation"],
  ["192.31.196.0/24", "AS112"],
  ["192.52.193.0/24", "multicast tunnels"],
  ["192.88.99.0/24", "6to4 relays"],
  ["192.88.99.2/32", "6a44 relays"],
  ["192.168.0.0/16", "private"],
  ["192.175.48.0/24", "AS112"],
  ["198.18.0.0/15", "benchmarks"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["255.255.255.255/32", "broadcast"],
];

/** https://www.iana.org/assignments/iana-ipv6-special-registry, and all that is not 2000::/3. */
export const IPV6_RANGES: readonly [string, string][] = [
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["::/96", "IPv4-compatible"],
  ["::/8", "reserved"],
  ["::ffff:0:0/96", "IPv4-mapped"],
  ["::ffff:0:0:0/96", "IPv4-translated"],
  ["64:ff9b::/96", "NAT64"],
  ["64:ff9b:1::/48", "local NAT64"],
  ["100::/64", "discard"],
  ["100:0:0:1::/64", "dummy"],
  ["2001::/23", "protocols"],
  ["2001::/32", "Teredo"],
  ["2001:1::1/128", "port control"],
  ["2001:1::2/128", "TURN"],
  ["2001:1::3/128", "service registration"],
  ["2001:2::/48", "benchmarks"],
  ["2001:3::/32", "multicast tunnels"],
  ["2001:4:112::/48", "AS112"],
  ["2001:10::/28", "ORCHID"],
  ["2001:20::/28", "ORCHIDv2"],
  ["2001:30::/28", "drones"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "6to4"],
  ["2620:4f:8000::/48", "AS112"],
  ["3fff::/20", "documentation"],
  ["4000::/3", "nobody's"],
  ["5f00::/16", "segment routing"],
  ["8000::/1", "nobody's"],
  ["fc00::/7", "unique local"],
  ["fd00:ec2::254/128", "metadata of a cloud"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
];

export interface Bounds {
  first: bigint;
  last: bigint;
}

/** The first and the last address of a range, as numbers. */
export function boundsOf(range: string): Bounds {
  const [text = "", prefix] = range.split("/");
  const bits = text.includes(":") ? 128 : 32;
  const size = 1n << BigInt(bits - Number(prefix));
  const first = text.includes(":") ? ipv6Number(text) : ipv4Number(text);
  return { first, last: first + size - 1n };
}

export function ipv4Text(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join(".");
}

export function ipv6Text(number: bigint): string {
  const groups = Array.from({ length: 8 }, (_, n) => (number >> BigInt(112 - 16 * n)) & 0xffffn);
  return groups.map((group) => group.toString(16)).join(":");
}

export function ipv4Number(text: string): bigint {
  return text.split(".").reduce((number, part) => number * 256n + BigInt(part), 0n);
}

export function ipv6Number(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const groups = (part = "") => part.split(":").filter(Boolean);
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill("0");
  const all = tail === undefined ? groups(head) : [...groups(head), ...zeros, ...groups(tail)];
  return all.reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n);
}

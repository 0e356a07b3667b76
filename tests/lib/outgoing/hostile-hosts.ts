import {
  boundsOf,
  IPV4_RANGES,
  IPV6_RANGES,
  ipv4Number,
  ipv4Text,
  ipv6Number,
  ipv6Text,
} from "@/tests/lib/outgoing/special-ranges";

/** The first, the middle and the last address of every special range, as hosts of a URL. */
export function specialHosts(): string[] {
  const places = (range: string) => {
    const { first, last } = boundsOf(range);
    return [first, (first + last) / 2n, last];
  };
  const ipv4 = IPV4_RANGES.flatMap(([range]) => places(range).map(ipv4Text));
  const ipv6 = IPV6_RANGES.flatMap(([range]) => places(range).map((number) => `[${ipv6Text(number)}]`));
  return [...new Set([...ipv4, ...ipv6])];
}

/** The ways in which an IPv6 address holds an IPv4 address; the number is how far left of the end. */
const HOLDERS: readonly [string, bigint][] = [
  ["::", 0n],
  ["::ffff:0:0", 0n],
  ["::ffff:0:0:0", 0n],
  ["64:ff9b::", 0n],
  ["64:ff9b:1::", 0n],
  ["2001::", 0n], // Teredo holds its client inverted; a network could be read either way
  ["2002::", 80n],
];

/** The first and the last address of every special range of IPv4, in every holder. */
export function heldHosts(): string[] {
  return HOLDERS.flatMap(([holder, shift]) =>
    IPV4_RANGES.flatMap(([range]) => {
      const { first, last } = boundsOf(range);
      return [first, last].map((number) => `[${ipv6Text(ipv6Number(holder) | (number << shift))}]`);
    }),
  );
}

const LOCAL = ["127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "169.254.169.254", "192.168.1.1"];

/** Every way that URLs know to write some addresses: https://url.spec.whatwg.org/#concept-ipv4-parser */
export function spelledHosts(): string[] {
  return LOCAL.flatMap((address) => {
    const parts = address.split(".").map(Number);
    const [a, b, c, d] = parts as [number, number, number, number];
    const whole = ipv4Number(address);
    const wide = address.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    const circled = address.replace(/[1-9]/g, (digit) => String.fromCharCode(0x245f + Number(digit)));
    const octal = (part: number) => `0${part.toString(8)}`;
    const hex = (part: number) => `0x${part.toString(16)}`;
    return [
      `${whole}`,
      `0x${whole.toString(16)}`,
      `0X${whole.toString(16).toUpperCase()}`,
      `0${whole.toString(8)}`,
      parts.map(octal).join("."),
      parts.map((part) => `000000${octal(part)}`).join("."),
      parts.map(hex).join("."),
      `${octal(a)}.${b}.${hex(c)}.${d}`,
      `${a}.${b * 65_536 + c * 256 + d}`,
      `${hex(a)}.${b}.${c * 256 + d}`,
      `${address}.`,
      wide,
      circled,
      ...["\u3002", "\uff0e", "\uff61"].map((dot) => address.replaceAll(".", dot)),
      `${whole}\u3002`,
      address.replace(/\d/g, (digit) => `%3${digit}`),
      address.replaceAll(".", "%2e"),
      address.replaceAll(".", "%E3%80%82"),
      `someone:secret@${address}`,
      `api.example.com@${address}`,
      `api.example.com:443@${address}`,
      `%31%32%37.0.0.1@${address}`,
      `api.example.com&@${address}`,
      `\t${address}`,
      `${address.slice(0, 3)}\n${address.slice(3)}`,
    ];
  });
}

/** Spellings of loopback and of mapped addresses in IPv6. */
export const IPV6_SPELLINGS: readonly string[] = [
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::0001]",
  "[::0.0.0.1]",
  "[::127.0.0.1]",
  "[::ffff:127.0.0.1]",
  "[::FFFF:7F00:1]",
  "[0:0:0:0:0:ffff:127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:FF9B::A9FE:A9FE]",
  "[64:ff9b:1::10.0.0.1]",
  "[2002:7f00:1::1]",
  "[fe80::1]",
  "[FE80::A00:27FF:FE4E:66A1]",
  "[fc00::]",
  "someone:secret@[::1]",
];

/** Names that every system leads to itself. */
export const LOCAL_NAMES: readonly string[] = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "LocalHost.",
  "local%68ost",
  "ｌｏｃａｌｈｏｓｔ",
  "someone@localhost",
];

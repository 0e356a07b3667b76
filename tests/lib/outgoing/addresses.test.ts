import { describe, expect, test } from "vitest";
import { isAllowable, permitsFor } from "@/lib/outgoing/addresses";
import {
  boundsOf,
  IPV4_RANGES,
  IPV6_RANGES,
  ipv4Number,
  ipv4Text,
  ipv6Number,
  ipv6Text,
} from "@/tests/lib/outgoing/special-ranges";

const site = { protocol: "https:", hostname: "api.example.com" };
const permits = permitsFor([]);

/** The neighbours of a family's special ranges that are in none of them. */
function outsiders(ranges: readonly [string, string][], bits: number): bigint[] {
  const all = ranges.map(([range]) => boundsOf(range));
  const neighbours = all.flatMap(({ first, last }) => [first - 1n, last + 1n]);
  const isSpecial = (number: bigint) => all.some(({ first, last }) => first <= number && number <= last);
  return neighbours.filter((number) => number >= 0n && number < 1n << BigInt(bits) && !isSpecial(number));
}

describe("without anything allowed", () => {
  test("whatever is beside a special range is public", () => {
    const ipv4 = outsiders(IPV4_RANGES, 32).map(ipv4Text);
    const ipv6 = outsiders(IPV6_RANGES, 128)
      .filter((number) => number >> 125n === 1n)
      .map(ipv6Text);
    expect(ipv4.length).toBeGreaterThan(30);
    expect(ipv6.length).toBeGreaterThan(5);
    expect([...ipv4, ...ipv6].filter((address) => !permits(site, address))).toEqual([]);
  });

  test.each(["8.8.8.8", "1.1.1.1", "104.18.38.10", "2606:4700::6812:260a", "2a05:d014::1"])(
    "%s is public, by https",
    (address) => {
      expect(permits(site, address)).toBe(true);
      expect(permits({ ...site, protocol: "http:" }, address)).toBe(false);
    },
  );

  test.each(["", "localhost", "0177.0.0.1", "127.1", "2130706433", "8.8.8.8 ", "fe80::1%eth0", "::1%lo"])(
    "%j is no public address",
    (text) => expect(permits(site, text)).toBe(false),
  );

  test("the numbers that the tests compute with are those of the addresses", () => {
    expect(ipv4Text(ipv4Number("192.0.2.255"))).toBe("192.0.2.255");
    expect(ipv6Text(ipv6Number("2001:db8::1:2"))).toBe("2001:db8:0:0:0:0:1:2");
    expect(ipv4Text(boundsOf("198.18.0.0/15").last)).toBe("198.19.255.255");
  });
});

describe("what is allowed", () => {
  test("is the range and no more", () => {
    const allowing = permitsFor(["10.1.0.0/16", "fd00:1::/48", "192.168.7.7"]);
    const inside = ["10.1.0.0", "10.1.255.255", "fd00:1::1", "192.168.7.7"];
    const outside = ["10.0.255.255", "10.2.0.0", "fd00:2::1", "192.168.7.8", "::ffff:10.1.0.1"];
    expect(inside.filter((address) => !allowing(site, address))).toEqual([]);
    expect(outside.filter((address) => allowing(site, address))).toEqual([]);
  });

  test("may be a name, wherever it leads", () => {
    const allowing = permitsFor(["HRMS.internal"]);
    expect(allowing({ ...site, hostname: "hrms.internal" }, "10.0.0.1")).toBe(true);
    expect(allowing({ ...site, hostname: "hrms.internal." }, "10.0.0.1")).toBe(true);
    expect(allowing({ ...site, hostname: "x.hrms.internal" }, "10.0.0.1")).toBe(false);
  });

  test("is reached by http on loopback only", () => {
    const allowing = permitsFor(["127.0.0.0/8", "10.0.0.0/8", "hrms.internal"]);
    expect(allowing({ ...site, protocol: "http:" }, "127.0.0.1")).toBe(true);
    expect(allowing({ ...site, protocol: "http:" }, "10.0.0.1")).toBe(false);
    expect(allowing({ protocol: "http:", hostname: "hrms.internal" }, "10.0.0.1")).toBe(false);
  });

  test.each(["10.0.0.0/8", "127.0.0.1", "::1", "fc00::/7", "64:ff9b::/96", "localhost", "a_b.Example.com."])(
    "can be %s",
    (entry) => expect(isAllowable(entry)).toBe(true),
  );

  test.each([
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/6",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/x",
    "10.1/16",
    "*.x.com",
  ])("cannot be %s", (entry) => {
    expect(isAllowable(entry)).toBe(false);
    expect(() => permitsFor([entry])).toThrow(entry);
  });

  test.each(["https://x.com", "x.com:8000", "user@x.com", "x.com/a", "a b", "0x7f.1", "2130706433", ".", ""])(
    "cannot be %j",
    (entry) => expect(isAllowable(entry)).toBe(false),
  );
});

import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { clientAddress, markPeer, networkOf } from "@/lib/access/client-address";

/** The headers of a request from that address, as a handler sees them. */
function received(remoteAddress: string, sent: Record<string, string> = {}): Headers {
  const message = new IncomingMessage(
    Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress }),
  );
  Object.assign(message.headers, sent);
  markPeer(message);
  // Next fills this in where it is missing.
  message.headers["x-forwarded-for"] ??= remoteAddress;
  return new Headers(message.headers as Record<string, string>);
}

describe("the client's address", () => {
  test("is the socket's, whatever the client says", () => {
    for (const sent of [{}, { "x-forwarded-for": "203.0.113.9" }, { "x-roster-peer": "x 203.0.113.9" }]) {
      expect(clientAddress(received("198.51.100.4", sent), 0)).toBe("198.51.100.4");
    }
  });

  test("is what the proxy in front has seen, when there is one", () => {
    const sent = { "x-forwarded-for": "203.0.113.9, 198.51.100.4" };
    expect(clientAddress(received("10.0.0.1", sent), 1)).toBe("198.51.100.4");
    expect(clientAddress(received("10.0.0.1", sent), 2)).toBe("203.0.113.9");
    expect(clientAddress(received("10.0.0.1", sent), 9)).toBe("203.0.113.9");
    expect(clientAddress(received("10.0.0.1"), 1)).toBe("10.0.0.1");
  });

  test("is not known without either, and cannot be made up", () => {
    for (const peer of ["", "203.0.113.9", "undefined 203.0.113.9", " 203.0.113.9"]) {
      const headers = new Headers({ "x-roster-peer": peer, "x-forwarded-for": "203.0.113.9" });
      expect(clientAddress(headers, 0)).toBeNull();
    }
  });

  test.each([
    ["::ffff:198.51.100.4", "198.51.100.4"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["nonsense", null],
    ["198.51.100.4\r\nx: y", null],
  ])("%j is %s", (text, address) => {
    expect(clientAddress(received(text.includes("\r") ? "x" : text), 0)).toBe(address);
  });
});

test("a limit counts an IPv4 address, or the network that one IPv6 customer has", () => {
  expect(networkOf("198.51.100.4")).toBe("198.51.100.4");
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:2::1")).toBe(networkOf("2001:db8:1:2:ffff::"));
  expect(networkOf(null)).toBe("unknown");
});

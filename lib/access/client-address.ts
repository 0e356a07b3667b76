import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

const MARK = Symbol.for("roster.peer-mark");
const HEADER = "x-roster-peer";

type Global = typeof globalThis & { [MARK]?: string };

/**
 * Writes the address at the other end of the socket into a request, before anybody reads it. Next passes headers on
 * and not the socket, and leaves an X-Forwarded-For alone that a client made up. The mark is this process's secret,
 * so the header cannot be made up either.
 */
export function markPeer(request: IncomingMessage): void {
  const shared: Global = globalThis; // instrumentation and routes are bundled apart
  shared[MARK] ??= randomUUID();
  request.headers[HEADER] = `${shared[MARK]} ${request.socket.remoteAddress ?? ""}`;
}

/**
 * The client's address, for limits and the audit log; null when it is not known. `trustedProxies` is how many reverse
 * proxies of ours stand in front, each of which appends to X-Forwarded-For whom it got the request from: what is left
 * of that was written by the client, and proves nothing.
 */
export function clientAddress(headers: Headers, trustedProxies: number): string | null {
  const forwarded = headers.get("x-forwarded-for")?.split(",") ?? [];
  // Behind a proxy whose own socket is unknown, its entry is still the last one.
  const hops = [...forwarded, peerOf(headers) ?? ""];
  const found = trustedProxies === 0 ? hops.at(-1) : hops.at(-1 - Math.min(trustedProxies, forwarded.length));
  return normalize(found ?? "");
}

function peerOf(headers: Headers): string | undefined {
  const [mark, address] = headers.get(HEADER)?.split(" ") ?? [];
  return mark !== undefined && mark === (globalThis as Global)[MARK] ? address : undefined;
}

function normalize(text: string): string | null {
  const trimmed = text.trim().replace(/^\[(.*)\](:\d+)?$/, "$1");
  return ipaddr.isValid(trimmed) ? ipaddr.process(trimmed).toString() : null;
}

/** What a limit counts as one client: an IPv4 address, or the /64 that one IPv6 customer has all of. */
export function networkOf(address: string | null): string {
  if (address === null) return "unknown";
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return address;
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}

import { AppError } from "@/lib/errors";

/** Where this server is: its public address, if it has one besides loopback. */
export interface Address {
  /** Origin such as `https://roster.example.com`. */
  publicUrl: string | undefined;
}

/** Whether a host, with its port, is ours: that of ROSTER_URL, or loopback. */
export function isOwnHost(host: string, { publicUrl }: Address): boolean {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (own && own.host === parseHost(host, own.protocol)?.host) return true;
  return loopbackOrigin(host) !== undefined;
}

/**
 * Refuses a request for a host that is not ours, which is how DNS rebinding makes a foreign page look like our own.
 * Throws `forbidden`.
 */
export function refuseForeignHost(request: Request, address: Address): void {
  const host = hostOf(request);
  if (isOwnHost(host, address)) return;
  throw new AppError(
    "forbidden",
    `This server does not answer to the host name "${host.slice(0, 255)}". Set ROSTER_URL to its public address.`,
  );
}

/**
 * Refuses what another origin's page sends with a member's cookies. Browsers set Origin on every write and
 * Sec-Fetch-Site on every request, and pages cannot change either (https://www.w3.org/TR/fetch-metadata/): a
 * missing or opaque Origin is nobody's page of ours. Throws `forbidden`.
 */
export function refuseForeignOrigin(request: Request, address: Address): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (origin !== null && isOwnOrigin(origin, request, address) && (site === null || site === "same-origin")) {
    return;
  }
  throw new AppError(
    "forbidden",
    "With a member's session, changes are accepted from Roster's own pages only.",
  );
}

/** The origin for links that lead back here: a proxy in front may ask for loopback, where nobody else would arrive. */
export function originOf(request: Request, { publicUrl }: Address): string {
  return publicUrl ?? loopbackOrigin(hostOf(request)) ?? new URL(request.url).origin;
}

function isOwnOrigin(origin: string, request: Request, { publicUrl }: Address): boolean {
  return origin === publicUrl || origin === loopbackOrigin(hostOf(request));
}

function hostOf(request: Request): string {
  return request.headers.get("host") ?? new URL(request.url).host;
}

/** The origin of a host on loopback, undefined for any other. */
function loopbackOrigin(host: string): string | undefined {
  const url = parseHost(host, "http:");
  // The parser has made one spelling of 127.1, 0x7f000001 and the like.
  const loopback =
    url && (/^127(\.\d+){3}$/.test(url.hostname) || ["localhost", "[::1]"].includes(url.hostname));
  return loopback ? url.origin : undefined;
}

/** Reads a Host header; null for more than a name and a port. */
function parseHost(host: string, protocol: string): URL | null {
  const url = URL.parse(`${protocol}//${host}`);
  return url?.href === `${protocol}//${url?.host}/` ? url : null;
}

/** A way to ask for an address that is not its own, or to ask for it under false pretences. */
export interface Trick {
  name: string;
  path(address: string): string;
  headers: Record<string, string | string[]>;
}

const same = (address: string) => address;

/**
 * Headers that Next and its hosts use among themselves, one of which once let everybody past the middleware
 * (CVE-2025-29927); and what proxies and frameworks take for the real address, method or sender.
 */
const HEADERS: Record<string, string | string[]>[] = [
  ...["middleware", "src/middleware", "pages/_middleware", "proxy", "src/proxy"].flatMap((name) => [
    { "x-middleware-subrequest": name },
    { "x-middleware-subrequest": Array.from({ length: 5 }, () => name).join(":") },
  ]),
  {
    "x-middleware-subrequest": "middleware:src/middleware:proxy:src/proxy",
    "x-middleware-subrequest-id": "1",
  },
  { "x-middleware-next": "1" },
  { "x-middleware-rewrite": "/api/health" },
  {
    "x-middleware-override-headers": "authorization,cookie",
    "x-middleware-request-authorization": "Bearer x",
  },
  { "x-middleware-set-cookie": "roster=x" },
  { "x-middleware-prefetch": "1" },
  { "x-nextjs-data": "1" },
  { "x-nextjs-data": "1", "x-nextjs-rewrite": "/api/health" },
  { rsc: "1" },
  { rsc: "1", "next-router-prefetch": "1" },
  { rsc: "1", "next-router-segment-prefetch": "/_tree" },
  ...["refetch", "inside-shared-layout", "metadata-only"].map((mark) => ({
    rsc: "1",
    "next-router-state-tree": encodeURIComponent(
      JSON.stringify(["", { children: ["(dashboard)", { children: ["__PAGE__", {}] }] }, null, mark]),
    ),
  })),
  { rsc: "1", "next-url": "/api/health" },
  { "next-action": "0".repeat(40), "content-type": "text/plain" },
  { "x-matched-path": "/api/health" },
  { "x-now-route-matches": "1=health" },
  { "x-invoke-path": "/api/health", "x-invoke-status": "200", "x-invoke-query": "%7B%7D" },
  { "x-invoke-output": "/api/health" },
  { "x-prerender-revalidate": "1" },
  { "x-next-revalidated-tags": "x", "x-next-revalidate-tag-token": "x" },
  { cookie: "__prerender_bypass=x; __next_preview_data=x" },
  { cookie: "roster=base64-e30; roster.0=x" },
  {
    cookie: `roster=base64-${Buffer.from('{"access_token":"a.b.c","expires_at":9e9}').toString("base64url")}`,
  },
  { "x-original-url": "/api/health" },
  { "x-rewrite-url": "/api/health" },
  { "x-forwarded-host": "127.0.0.1", "x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1" },
  { "x-real-ip": "127.0.0.1", forwarded: "for=127.0.0.1;host=localhost" },
  { "x-http-method-override": "OPTIONS" },
  { "x-method-override": "OPTIONS", "x-http-method": "OPTIONS" },
  { "x-roster-actor": encodeURIComponent('{"kind":"member","id":"x","name":"owner","role":"owner"}') },
  { "x-roster-peer": "127.0.0.1" },
  { apikey: "sb_secret_x" },
  { authorization: "" },
  { authorization: "Bearer" },
  { authorization: "Bearer null" },
  { authorization: "Bearer roster_" },
  { authorization: "Basic YWRtaW46YWRtaW4=" },
  { authorization: "Bearer x, Bearer y" },
];

/** Other spellings of an address, some of which mean it and some of which mean nothing. */
const PATHS: Record<string, (address: string) => string> = {
  ".rsc": (address) => `${address}.rsc`,
  ".json": (address) => `${address}.json`,
  ".prefetch.rsc": (address) => `${address}.prefetch.rsc`,
  ".segments": (address) => `${address}.segments/_tree.segment.rsc`,
  "?_rsc": (address) => `${address}?_rsc=1`,
  "?__nextDataReq": (address) => `${address}?__nextDataReq=1`,
  "?_method": (address) => `${address}?_method=OPTIONS`,
  "?nxtP": (address) => `${address}?nxtPpath=health&nxtPid=x`,
  "_next/data": (address) => `/_next/data/build${address}.json`,
  "_next/image": (address) => `/_next/image?url=${encodeURIComponent(address)}&w=640&q=75`,
  "double slash in front": (address) => `/${address}`,
  "double slash within": (address) => address.replace(/(?<=.)\//, "//"),
  "slash behind": (address) => `${address}/`,
  "dot segment": (address) => `/.${address}`,
  "dots within": (address) => address.replace(/\/(?=[^/]*$)/, "/x/../"),
  "dots through a file": (address) => `/icon.svg/..${address}`,
  "dots through _next": (address) => `/_next/static/../..${address}`,
  "encoded dots": (address) => `/x/%2e%2e${address}`,
  "encoded letter": (address) => address.replace(/[a-z](?=[^/]*$)/, (letter) => `%${hex(letter)}`),
  "encoded slash": (address) => `/${address.slice(1).replaceAll("/", "%2f")}`,
  "doubly encoded slash": (address) => `/${address.slice(1).replaceAll("/", "%252f")}`,
  "encoded NUL": (address) => `${address}%00`,
  "encoded newline": (address) => `${address}%0a`,
  "encoded space": (address) => `${address}%20`,
  "encoded question mark": (address) => `${address}%3f`,
  "dot behind": (address) => `${address}.`,
  "encoded dot behind": (address) => `${address}%2e`,
  "slash and dot behind": (address) => `${address}/.`,
  "path parameter": (address) => `${address};a=b`,
  backslash: (address) => address.replaceAll("/", "\\"),
  "backslash within": (address) => address.replace(/(?<=.)\//, "\\"),
  "encoded backslash": (address) => address.replace(/(?<=.)\//, "%5c"),
  "slash and backslash": (address) => `/\\${address.slice(1)}`,
  "upper case": (address) => address.toUpperCase(),
  locale: (address) => `/en${address}`,
  "absolute form": (address) => `http://127.0.0.1${address}`,
  "absolute form of another host": (address) => `http://evil.example${address}`,
  "other scheme": (address) => `file://${address}`,
};

function hex(letter: string): string {
  return letter.charCodeAt(0).toString(16);
}

/** Every trick there is; the headers of one with the address as it is, the address of the other without headers. */
export const TRICKS: readonly Trick[] = [
  ...HEADERS.map((headers) => ({ name: JSON.stringify(headers).slice(0, 120), path: same, headers })),
  ...Object.entries(PATHS).map(([name, path]) => ({ name, path, headers: {} })),
  ...Object.entries(PATHS).map(([name, path]) => ({
    name: `${name}, with headers`,
    path,
    headers: { rsc: "1", "x-nextjs-data": "1", "x-middleware-subrequest": "middleware" },
  })),
];

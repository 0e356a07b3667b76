import type { IncomingMessage } from "node:http";

/**
 * Takes headers out of a request by which Next's server and its proxy talk to each other, before either reads them.
 * No browser sends them. One let everybody past the proxy (CVE-2025-29927); `x-middleware-prefetch` has Next answer
 * 200 with `{}` instead of asking the route.
 */
export function dropInternalHeaders(request: IncomingMessage): void {
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith("x-middleware-")) delete request.headers[name];
  }
}

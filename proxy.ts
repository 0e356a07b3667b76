import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { pagePolicy } from "@/lib/http/security-headers";

/**
 * Gives every page a content policy with a nonce of its own, which Next reads from the request's header and puts into
 * its scripts. Decides nothing about access: routes and pages do that for themselves, also when this file is not there.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString("base64");
  const policy = pagePolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

// The API has a policy without a nonce (next.config.ts), and its bodies need no detour through here.
export const config = { matcher: "/((?!api/|_next/static/).*)" };

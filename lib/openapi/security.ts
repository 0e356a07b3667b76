import type { Access } from "@/lib/access/actor";
import { KEY_SCOPES, type KeyScope } from "@/lib/keys/schema";
import type { SecurityScheme } from "./types";

/** How a caller can show who it is. */
export const SECURITY_SCHEMES = {
  apiKey: {
    type: "http",
    scheme: "bearer",
    description:
      "Scripts send an API key as `Authorization: Bearer <key>`. Each call names the scope that it needs.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "roster",
    description:
      "Browsers send the cookies that `POST /api/session` sets (`__Host-roster` with https). What a member may do " +
      "follows from the role: `viewer`, `admin` or `owner`. Changes also need an `Origin` of our own.",
  },
  drainSecret: {
    type: "http",
    scheme: "bearer",
    description: "Schedulers send `ROSTER_DRAIN_SECRET` as `Authorization: Bearer <secret>`.",
  },
} as const satisfies Record<string, SecurityScheme>;

/** What one of which a call needs. OpenAPI 3.1 lets every scheme name the roles or scopes in its list. */
export function securityFor(access: Access): Record<string, string[]>[] {
  switch (access) {
    case "public":
      return [];
    case "drain":
      return [{ drainSecret: [] }];
    case "member":
      return [{ session: [] }];
    case "caller":
      return [{ apiKey: [] }, { session: [] }];
    default:
      return isKeyScope(access) ? [{ apiKey: [access] }, { session: [access] }] : [{ session: [access] }];
  }
}

function isKeyScope(access: string): access is KeyScope {
  return KEY_SCOPES.some((scope) => scope === access);
}

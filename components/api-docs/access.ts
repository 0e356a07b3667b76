import { type MemberScope, ROLES, roleMay } from "@/lib/access/roles";
import type { ApiOperation } from "@/lib/openapi/types";

/** One way to be let in. */
export interface Entrance {
  kind: "key" | "secret" | "member" | "anybody";
  text: string;
}

/** Who may make a call, as the document's security requirements say it. */
export function entrancesOf({ security }: ApiOperation): Entrance[] {
  if (security.length === 0) return [{ kind: "anybody", text: "anybody" }];
  return security.flatMap((requirement) =>
    Object.entries(requirement).map(([scheme, [scope]]) => entrance(scheme, scope)),
  );
}

function entrance(scheme: string, scope: string | undefined): Entrance {
  switch (scheme) {
    case "apiKey":
      return { kind: "key", text: scope === undefined ? "any key" : `key with ${scope}` };
    case "session":
      return { kind: "member", text: rolesText(scope) };
    default:
      return { kind: "secret", text: "drain secret" };
  }
}

function rolesText(scope: string | undefined): string {
  const roles = scope === undefined ? ROLES : ROLES.filter((role) => roleMay(role, scope as MemberScope));
  return roles.length === ROLES.length ? "any member" : roles.join(" or ");
}

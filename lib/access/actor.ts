import { type MemberScope, ROLES, type Role, roleMay } from "@/lib/access/roles";
import type { KeyScope } from "@/lib/keys/schema";

/**
 * Who is let in by a route: those who may do something, any signed-in `member` whatever the role, any member or key
 * (`caller`), everybody (`public`), or a scheduler that shows ROSTER_DRAIN_SECRET (`drain`).
 */
export type Access = MemberScope | Known | "public" | "drain";

/** Who is asked for no more than to be known. */
export type Known = "member" | "caller";

/** A person, by an account of Supabase Auth. `name` is the e-mail address. */
export interface MemberActor {
  kind: "member";
  id: string;
  name: string;
  role: Role;
}

/** A script with an API key. */
interface KeyActor {
  kind: "key";
  id: string;
  name: string;
  scopes: readonly KeyScope[];
}

/** Who makes a request. `name` is what the log of a manual sync and the audit log show. */
export type Actor =
  | MemberActor
  | KeyActor
  | { kind: "scheduler"; name: string }
  | { kind: "anyone"; name: string };

/** The least role that may do it. */
export function leastRole(scope: MemberScope): Role {
  return ROLES.find((role) => roleMay(role, scope)) ?? "owner";
}

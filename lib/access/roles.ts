/** What a member may be, from the least to the most. */
export const ROLES = ["viewer", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

const READS = ["users:read", "sites:read", "sync:read", "metrics:read"] as const;
const WRITES = ["users:write", "sites:write", "sync:run"] as const;
const OWNS = ["access:manage", "audit:read"] as const;

/** What may be asked of a person. */
export type MemberScope = (typeof READS)[number] | (typeof WRITES)[number] | (typeof OWNS)[number];

const MAY: Record<Role, readonly MemberScope[]> = {
  viewer: READS,
  admin: [...READS, ...WRITES],
  owner: [...READS, ...WRITES, ...OWNS],
};

/** Whether members of a role may do something. */
export function roleMay(role: Role, scope: MemberScope): boolean {
  return MAY[role].includes(scope);
}

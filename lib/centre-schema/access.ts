import type { Limit } from "@/lib/access/limits";
import type { Role } from "@/lib/access/roles";
import type { KeyScope } from "@/lib/keys/schema";
import type { ApiKeyRow, InvitationRow, MemberRow } from "./rows";
import type { Rpc } from "./rpc";

type MemberChanged = { member: MemberRow; problem?: never } | { problem: "last_owner" };

/** Who may use Roster: members, keys, invitations, limits. */
export type AccessFunctions = {
  access_member: Rpc<
    { account: string; session: string | null; issued_at: string; limits: Limit[] },
    { state: "ended" | "stranger" } | { state: "member"; email: string; role: Role; retryAfter: number }
  >;
  access_key: Rpc<
    { key_hash: string; limits: Limit[] },
    { id: string; name: string; scopes: KeyScope[]; retryAfter: number } | null
  >;
  rate_limits_hit: Rpc<{ limits: Limit[] }, number>;
  rate_limits_forgive: Rpc<{ buckets: string[] }, undefined>;
  sign_out: Rpc<{ id: string }, undefined>;
  has_owner: Rpc<Record<string, never>, boolean>;
  member_set_role: Rpc<{ member_id: string; new_role: Role }, MemberChanged | null>;
  member_remove: Rpc<{ member_id: string }, MemberChanged | null>;
  setup_token_add: Rpc<{ token_hash: string; seconds: number }, boolean>;
  setup_token_valid: Rpc<{ token_hash: string }, boolean>;
  setup_accept: Rpc<{ token_hash: string; account: string; email: string }, boolean>;
  invitation_create: Rpc<
    { email: string; role: Role; token_hash: string; seconds: number },
    InvitationRow | null
  >;
  invitation_withdraw: Rpc<{ invitation_id: string }, InvitationRow | null>;
  invitation_of: Rpc<{ token_hash: string }, InvitationRow | null>;
  invitation_accept: Rpc<
    { token_hash: string; account: string; email: string },
    "accepted" | "already_member" | "unknown"
  >;
  api_key_create: Rpc<
    { name: string; key_hash: string; hint: string; scopes: KeyScope[]; expires_in_days: number | null },
    ApiKeyRow
  >;
  api_key_revoke: Rpc<{ key_id: string }, ApiKeyRow | null>;
};

import type { Role } from "@/lib/access/roles";
import type { Alert } from "@/lib/alerts/schema";
import type { KeyScope } from "@/lib/keys/schema";
import type { Site } from "@/lib/sites/schema";
import type { Mapping } from "@/lib/sync/core/mapping";
import type { Scope } from "@/lib/sync/core/scope";

/** A row of `connected_sites`, in the columns that services read. */
export type SiteRow = {
  id: string;
  name: string;
  url: string;
  kind: Site["kind"];
  status: Site["status"];
  endpoint_url: string | null;
  credentials_sealed: string | null;
  key_last_four: string | null;
  /** Signing secrets that were replaced and still sign. */
  previous_secrets: { sealed: string; until: string }[];
  removal_policy: Site["removalPolicy"];
  removal_column: string | null;
  mapping: Mapping | null;
  scope: Scope | null;
  removal_guard: boolean;
  removal_guard_percent: number;
  removal_guard_at_least: number;
  health: Site["health"];
  error_code: string | null;
  error: string | null;
  retry_at: string | null;
  last_synced_at: string | null;
  rows_to_remove: number | null;
  take_over: "look" | "waiting" | null;
  created_at: string;
  updated_at: string;
  disconnected_at: string | null;
};

/** A row of `members`. */
export type MemberRow = {
  id: string;
  email: string;
  role: Role;
  created_at: string;
  last_seen_at: string | null;
};

/** A row of `audit_log`. */
export type AuditRow = {
  id: number;
  at: string;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string | null;
  action: string;
  target_kind: string;
  target_id: string | null;
  target_name: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  address: string | null;
  request_id: string | null;
};

/** A row of `invitations`, in the columns that services may read. */
export type InvitationRow = {
  id: string;
  email: string;
  role: Role;
  invited_by: string;
  created_at: string;
  expires_at: string;
  accepted_at: string | null;
  withdrawn_at: string | null;
};

/** A row of `api_keys`, in the columns that services may read. */
export type ApiKeyRow = {
  id: string;
  name: string;
  hint: string;
  scopes: KeyScope[];
  created_by: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
};

/** A row of `alerts`. */
export type AlertRow = {
  id: string;
  kind: Alert["kind"];
  site_id: string | null;
  site: string | null;
  detail: Alert["detail"];
  started_at: string;
  calm_since: string | null;
  ended_at: string | null;
};

/** A row of `alert_channels`. */
export type AlertChannelRow = {
  id: string;
  kind: "email" | "webhook";
  label: string;
  email: string | null;
  url_sealed: string | null;
  secret_sealed: string | null;
  created_at: string;
  created_by: string;
  last_sent_at: string | null;
  failing_since: string | null;
  error: string | null;
};

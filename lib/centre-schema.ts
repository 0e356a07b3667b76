import type { Limit } from "@/lib/access/limits";
import type { Role } from "@/lib/access/roles";
import type { Alert } from "@/lib/alerts/schema";
import type { Notice } from "@/lib/alerts/watch";
import type { KeyScope } from "@/lib/keys/schema";
import type { Marks } from "@/lib/live/schema";
import type { CentreMetrics } from "@/lib/metrics/service";
import type { Plan } from "@/lib/plans/schema";
import type { HeldRemoval } from "@/lib/removals/schema";
import type { Cause, History, Matrix, Person, Summaries } from "@/lib/runs/insight-schema";
import type { Backlog, SyncAllStarted } from "@/lib/runs/request-schema";
import type { ListLogQuery, LogEntry, Overview, PairState, Run } from "@/lib/runs/schema";
import type { CentreWhy, ScopePreview } from "@/lib/scope/schema";
import type { SealedCount } from "@/lib/secrets/schema";
import type { Site } from "@/lib/sites/schema";
import type { Mapping } from "@/lib/sync/core/mapping";
import type { Scope } from "@/lib/sync/core/scope";
import type { CentreTakeOver, RowDecision, TakeOverItem } from "@/lib/take-over/schema";
import type { UserFacets, UserFilter, UserSort } from "@/lib/users/list-schema";
import type { ChangeManyInput } from "@/lib/users/many-schema";
import type { User } from "@/lib/users/schema";
import type { FindingKind } from "@/lib/verify/finding-kinds";
import type { CentreVerification, Finding, SiteVerify, VerifySettingsInput } from "@/lib/verify/schema";

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

type MemberChanged = { member: MemberRow; problem?: never } | { problem: "last_owner" };

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

/** The overview as the centre has it: the run under way by its id. */
export type CentreOverview = Omit<Overview, "run"> & { runId: string | null };

type Columns<T> = { [Name in keyof T]: T[Name] };
type Nullable<T> = { [Name in keyof T]?: T[Name] | null | undefined };

type Table<Row, Write> = {
  Row: Columns<Row>;
  Insert: Columns<Write>;
  Update: Columns<Partial<Write>>;
  Relationships: [];
};
type View<Row> = { Row: Columns<Row>; Relationships: [] };
type Rpc<Args, Returns> = { Args: Args; Returns: Returns };

/** The central project as supabase-js sees it, for the services; `supabase/migrations` is what makes it. */
export type Database = {
  public: {
    Tables: {
      user_profiles: Table<User, never>;
      connected_sites: Table<SiteRow, never>;
      audit_log: Table<AuditRow, never>;
      members: Table<MemberRow, never>;
      invitations: Table<InvitationRow, never>;
      api_keys: Table<ApiKeyRow, never>;
      roster_settings: Table<{ only_row: true; log_days: number }, never>;
      alerts: Table<AlertRow, never>;
      alert_channels: Table<AlertChannelRow, never>;
    };
    Views: {
      user_sync_status: View<Omit<PairState, "advice">>;
      user_sync_log: View<Omit<LogEntry, "advice">>;
    };
    Functions: {
      site_set_credentials: Rpc<
        {
          site_id: string;
          endpoint_url: string;
          sealed: string;
          key_last_four: string;
          keep_previous: boolean;
        },
        boolean
      >;
      user_find: Rpc<
        { query: UserFilter; sort: UserSort; after: [string, string] | null; max_users: number },
        { key: string; user: User }[]
      >;
      user_count: Rpc<{ query: UserFilter; most: number }, number>;
      user_change_many: Rpc<
        {
          ids: string[] | null;
          query: UserFilter;
          change: ChangeManyInput["change"];
          after: string | null;
          max_users: number;
        },
        { matched: number; changed: number; last: string | null }
      >;
      user_import: Rpc<
        { list: object[]; preview: boolean },
        {
          line: number;
          outcome: "created" | "updated" | "unchanged" | "rejected";
          message?: string;
          userId?: string;
        }[]
      >;
      user_facets: Rpc<Record<string, never>, UserFacets>;
      sync_pairs: Rpc<
        {
          wanted: PairState["status"] | null;
          site: string | null;
          search: string | null;
          after_user: string | null;
          after_site: string | null;
          max_pairs: number;
        },
        Omit<PairState, "advice">[]
      >;
      sync_people: Rpc<
        {
          wanted: PairState["status"] | null;
          sites: string[] | null;
          search: string | null;
          after: [string, string] | null;
          max_users: number;
        },
        (Person & { key: string })[]
      >;
      sync_log_find: Rpc<
        {
          filter: Omit<ListLogQuery, "cursor" | "limit">;
          before: number | null;
          max_entries: number;
        },
        Omit<LogEntry, "advice">[]
      >;
      sync_causes: Rpc<{ max_causes: number }, Omit<Cause, "advice">[]>;
      sync_site_causes: Rpc<{ site: string; max_causes: number }, Omit<Cause, "advice">[]>;
      sync_pulse: Rpc<Record<string, never>, { overview: CentreOverview; marks: Marks }>;
      sync_summaries: Rpc<{ user_ids: string[] }, Summaries["items"]>;
      sync_matrix: Rpc<{ user_ids: string[]; site_ids: string[] | null }, Matrix["items"]>;
      sync_history: Rpc<{ since: string; parts: number; site: string | null }, History["items"]>;
      site_reseal: Rpc<{ site_id: string; resealed: Record<string, string> }, boolean>;
      secrets_by_key: Rpc<Record<string, never>, SealedCount[]>;
      settings_change: Rpc<{ log_days: number }, undefined>;
      site_unblock: Rpc<{ site_id: string }, undefined>;
      site_set_removal: Rpc<
        { site_id: string; policy: Site["removalPolicy"]; deactivate_column: string | null },
        boolean
      >;
      site_set_removal_guard: Rpc<
        { site_id: string; enabled: boolean | null; percent: number | null; at_least: number | null },
        boolean
      >;
      removals_held: Rpc<
        {
          site: string | null;
          search: string | null;
          after_site: string | null;
          after_user: string | null;
          max_pairs: number;
        },
        HeldRemoval[]
      >;
      removals_count: Rpc<{ site: string | null }, number>;
      removals_approve: Rpc<{ site: string | null; ids: string[] | null; max_pairs: number }, number>;
      removals_reject: Rpc<
        { site: string | null; ids: string[] | null; after: string | null; max_users: number },
        { restored: number; conflicts: string[]; last: string | null }
      >;
      worker_beat: Rpc<{ worker: string; seconds: number }, undefined>;
      alerts_evaluate: Rpc<{ calm_seconds: number }, undefined>;
      alert_notices_take: Rpc<{ most: number }, Notice[]>;
      alert_notice_settle: Rpc<{ notice: string; error: string | null }, undefined>;
      alert_channel_settle: Rpc<{ channel: string; error: string | null }, undefined>;
      alert_channel_create: Rpc<
        Pick<AlertChannelRow, "id" | "kind" | "label" | "email" | "url_sealed" | "secret_sealed">,
        undefined
      >;
      alert_channel_delete: Rpc<{ channel: string }, boolean>;
      alert_channel_reseal: Rpc<{ channel: string; resealed: Record<string, string> }, boolean>;
      alerts_forget: Rpc<{ days: number }, undefined>;
      removals_forget: Rpc<Record<string, never>, undefined>;
      sync_metrics: Rpc<Record<string, never>, CentreMetrics>;
      site_disconnect: Rpc<{ site_id: string }, boolean>;
      site_disconnect_removing: Rpc<{ site_id: string }, "disconnecting" | "disconnected" | null>;
      site_set_mapping: Rpc<
        {
          site_id: string;
          mapping: Mapping | null;
          policy: Site["removalPolicy"];
          deactivate_column: string | null;
        },
        { found: boolean; runId?: string | null }
      >;
      site_sample: Rpc<{ site_id: string; max_users: number }, User[] | null>;
      site_set_scope: Rpc<
        { site_id: string; scope: Scope | null },
        { found: boolean; runId?: string | null }
      >;
      scope_preview: Rpc<{ site_id: string; scope: Scope | null }, ScopePreview | null>;
      pair_why: Rpc<{ site_id: string; user_id: string }, CentreWhy | null>;
      user_create: Rpc<{ fields: Nullable<User> }, User>;
      user_update: Rpc<{ user_id: string; fields: Nullable<User> }, User | null>;
      site_create: Rpc<Pick<SiteRow, "name" | "url" | "kind">, string>;
      site_update: Rpc<
        { site_id: string } & { [Field in "name" | "url" | "status"]: SiteRow[Field] | null },
        boolean
      >;
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
      request_sync_user: Rpc<{ user_id: string; requested_by: string }, string | null>;
      request_sync_all: Rpc<
        { site_ids: string[] | null; requested_by: string; force: boolean },
        SyncAllStarted
      >;
      request_sync_pair: Rpc<{ user_id: string; site_id: string; requested_by: string }, string | null>;
      request_cancel_run: Rpc<{ run_id: string }, "cancelled" | "finished" | "user" | "site" | null>;
      sync_run_list: Rpc<
        { of_users: boolean; before: string | null; before_id: string | null; max_runs: number },
        Run[]
      >;
      sync_run: Rpc<{ run_id: string }, Run | null>;
      request_retry: Rpc<{ user_id: string | null; site_id: string | null }, number>;
      request_assert_page: Rpc<{ after: string | null; page_size: number }, string | null>;
      request_assert_finish: Rpc<{ remove_unknown: boolean }, number>;
      sync_backlog: Rpc<Record<string, never>, Backlog>;
      request_verify: Rpc<
        { site_id: string; repair: boolean },
        | { verificationId: string }
        | { problem: "unknown" | "webhook" | "credentials" | "paused" | "disconnecting" }
      >;
      site_verify_read: Rpc<
        { site_id: string },
        (Omit<SiteVerify, "last"> & { last: CentreVerification | null }) | null
      >;
      site_verify_set: Rpc<
        {
          site_id: string;
          every_minutes: VerifySettingsInput["everyMinutes"];
          on_drift: VerifySettingsInput["onDrift"];
        },
        "set" | "unknown" | "webhook"
      >;
      verification_list: Rpc<{ site_id: string; before: string | null; most: number }, CentreVerification[]>;
      verification_read: Rpc<
        {
          site_id: string;
          verification_id: string;
          only_kind: FindingKind | null;
          after_kind: FindingKind | null;
          after_user: string | null;
          most: number;
        },
        (CentreVerification & { items: Finding[] }) | null
      >;
      request_verify_repair: Rpc<
        {
          site_id: string;
          verification_id: string;
          kind: FindingKind;
          users: string[] | null;
          most: number;
          first: boolean;
        },
        { pairs: number; more: boolean } | { problem: "unknown" | "outdated" | "kept" }
      >;
      take_over_read: Rpc<{ site_id: string }, CentreTakeOver | null>;
      take_over_items: Rpc<
        { site_id: string; kind: string; search: string | null; after: string | null; most: number },
        { items: TakeOverItem[]; last: string | null }
      >;
      request_take_over_scan: Rpc<
        { site_id: string },
        | Record<string, never>
        | { problem: "unknown" | "webhook" | "credentials" | "disconnecting" | "applying" }
      >;
      request_take_over: Rpc<
        { site_id: string; groups: Record<string, string>; rows: RowDecision[] },
        | { runId: string }
        | {
            problem:
              | "unknown"
              | "webhook"
              | "credentials"
              | "disconnecting"
              | "none"
              | "scanning"
              | "applying"
              | "rows";
            keys?: string[];
          }
      >;
      plan_create: Rpc<
        { action: Plan["action"]; input: Record<string, unknown>; requested_by: string },
        { id: string } | { problem: "unknown" | "too_many" }
      >;
      plan_add_users: Rpc<{ plan_id: string; list: object[] }, undefined>;
      plan_start: Rpc<{ plan_id: string; report: object | null }, undefined>;
      plan_read: Rpc<{ plan_id: string }, Plan | null>;
      plan_state: Rpc<{ plan_id: string }, Pick<Plan, "state" | "moved"> | null>;
      plan_apply: Rpc<
        { plan_id: string; requested_by: string },
        { runId: string } | { moved: string[] } | { problem: "unknown" | "draft" | Plan["state"] }
      >;
      sync_overview: Rpc<Record<string, never>, CentreOverview>;
    };
  };
};

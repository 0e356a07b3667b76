import type { Backlog, LogEntry, Overview, PairState, Run, SyncAllStarted } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import type { User } from "@/lib/users/schema";

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
  health: Site["health"];
  error_code: string | null;
  error: string | null;
  retry_at: string | null;
  last_synced_at: string | null;
  created_at: string;
  updated_at: string;
  disconnected_at: string | null;
};

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
      user_profiles: Table<User, Nullable<User>>;
      connected_sites: Table<SiteRow, Nullable<Pick<SiteRow, "name" | "url" | "kind" | "status">>>;
      user_sync_log: Table<Omit<LogEntry, "advice">, never>;
    };
    Views: { user_sync_status: View<Omit<PairState, "advice">> };
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
      site_unblock: Rpc<{ site_id: string }, undefined>;
      site_set_removal: Rpc<
        { site_id: string; policy: Site["removalPolicy"]; deactivate_column: string | null },
        boolean
      >;
      site_disconnect: Rpc<{ site_id: string }, boolean>;
      sync_user_start: Rpc<{ user_id: string; requested_by: string }, string | null>;
      sync_all_start: Rpc<{ site_ids: string[] | null; requested_by: string }, SyncAllStarted>;
      sync_run: Rpc<{ run_id: string }, Run | null>;
      sync_retry: Rpc<{ user_id: string | null; site_id: string | null }, number>;
      sync_assert_page: Rpc<{ after: string | null; page_size: number }, string | null>;
      sync_assert_finish: Rpc<{ remove_unknown: boolean }, number>;
      sync_backlog: Rpc<Record<string, never>, Backlog>;
      sync_overview: Rpc<Record<string, never>, Omit<Overview, "run"> & { runId: string | null }>;
    };
  };
};

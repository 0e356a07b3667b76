import type { CentreWhy, ScopePreview } from "@/lib/scope/schema";
import type { SealedCount } from "@/lib/secrets/schema";
import type { Site } from "@/lib/sites/schema";
import type { Mapping } from "@/lib/sync/core/mapping";
import type { Scope } from "@/lib/sync/core/scope";
import type { User } from "@/lib/users/schema";
import type { SiteRow } from "./rows";
import type { Rpc } from "./rpc";

/** Sites: credentials, mapping, scope, disconnecting; and settings. */
export type SiteFunctions = {
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
  site_reseal: Rpc<{ site_id: string; resealed: Record<string, string> }, boolean>;
  secrets_by_key: Rpc<Record<string, never>, SealedCount[]>;
  settings_change: Rpc<{ log_days: number }, undefined>;
  site_unblock: Rpc<{ site_id: string }, undefined>;
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
  site_set_scope: Rpc<{ site_id: string; scope: Scope | null }, { found: boolean; runId?: string | null }>;
  scope_preview: Rpc<{ site_id: string; scope: Scope | null }, ScopePreview | null>;
  pair_why: Rpc<{ site_id: string; user_id: string }, CentreWhy | null>;
  site_create: Rpc<Pick<SiteRow, "name" | "url" | "kind">, string>;
  site_update: Rpc<
    { site_id: string } & { [Field in "name" | "url" | "status"]: SiteRow[Field] | null },
    boolean
  >;
};

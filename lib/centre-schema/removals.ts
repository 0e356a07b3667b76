import type { HeldRemoval } from "@/lib/removals/schema";
import type { Site } from "@/lib/sites/schema";
import type { Rpc } from "./rpc";

/** What rejecting one page of users came to; `last` is null at the end. */
export interface RejectedPage {
  restored: number;
  conflicts: string[];
  changed: string[];
  last: string | null;
}

/** What becomes of users who leave, and what the removal guards hold. */
export type RemovalFunctions = {
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
    RejectedPage
  >;
  removals_forget: Rpc<Record<string, never>, undefined>;
};

import type { Marks } from "@/lib/live/schema";
import type { Cause, History, Matrix, Person, Summaries } from "@/lib/runs/insight-schema";
import type { ListLogQuery, LogEntry } from "@/lib/runs/log-schema";
import type { Backlog, SyncAllStarted } from "@/lib/runs/request-schema";
import type { Overview, PairState, Run } from "@/lib/runs/schema";
import type { Rpc } from "./rpc";

/** The overview as the centre has it: the run under way by its id. */
export type CentreOverview = Omit<Overview, "run"> & { runId: string | null };

/** What is synced, was, and should be. */
export type SyncFunctions = {
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
  request_sync_user: Rpc<{ user_id: string; requested_by: string }, string | null>;
  request_sync_all: Rpc<{ site_ids: string[] | null; requested_by: string; force: boolean }, SyncAllStarted>;
  request_sync_pair: Rpc<{ user_id: string; site_id: string; requested_by: string }, string | null>;
  request_run_end: Rpc<{ run_id: string }, "cancelled" | "finished" | "user" | "site" | "changed" | null>;
  sync_run_list: Rpc<
    { of_users: boolean; before: string | null; before_id: string | null; max_runs: number },
    Run[]
  >;
  sync_run: Rpc<{ run_id: string }, Run | null>;
  request_retry: Rpc<{ user_id: string | null; site_id: string | null; go_on?: boolean }, number>;
  request_assert_page: Rpc<{ after: string | null; page_size: number }, string | null>;
  request_assert_finish: Rpc<{ remove_unknown: boolean }, number>;
  sync_backlog: Rpc<Record<string, never>, Backlog>;
  sync_overview: Rpc<Record<string, never>, CentreOverview>;
};

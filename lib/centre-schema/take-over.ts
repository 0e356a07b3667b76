import type { CentreTakeOver, RowDecision, TakeOverItem } from "@/lib/take-over/schema";
import type { Rpc } from "./rpc";

/** Sites that have users of their own. */
export type TakeOverFunctions = {
  take_over_read: Rpc<{ site_id: string }, CentreTakeOver | null>;
  take_over_items: Rpc<
    { site_id: string; kind: string; search: string | null; after: string | null; most: number },
    { items: TakeOverItem[]; last: string | null }
  >;
  request_take_over_scan: Rpc<
    { site_id: string },
    Record<string, never> | { problem: "unknown" | "webhook" | "credentials" | "disconnecting" | "applying" }
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
};

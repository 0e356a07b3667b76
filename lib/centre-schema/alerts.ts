import type { Notice } from "@/lib/alerts/watch";
import type { CentreMetrics } from "@/lib/metrics/service";
import type { AlertChannelRow } from "./rows";
import type { Rpc } from "./rpc";

/** What is the matter, where that is told, and numbers for monitoring. */
export type AlertFunctions = {
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
  sync_metrics: Rpc<Record<string, never>, CentreMetrics>;
};

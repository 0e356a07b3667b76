import { ALERT_KINDS, type AlertKind } from "@/lib/alerts/schema";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { exposition, type Metric, PROMETHEUS } from "@/lib/metrics/exposition";

/** What the centre counts, as `sync_metrics` has it. */
export interface CentreMetrics {
  users: { active: number; inactive: number };
  sites: SiteMetrics[];
  failures: { site: string; code: string; users: number }[];
  queue: { changes: number; ageSeconds: number };
  workers: number;
  alerts: Partial<Record<AlertKind, number>>;
}

const STATES = ["pending", "synced", "removed", "retrying", "failed", "held"] as const;
const HEALTHS = ["ok", "degraded", "blocked"] as const;

type SiteMetrics = Record<(typeof STATES)[number], number> & {
  site: string;
  health: (typeof HEALTHS)[number];
  paused: boolean;
  lagSeconds: number;
  leased: boolean;
  leaseAgeSeconds: number;
  succeeded: number;
  refused: number;
};

/** The metrics of this installation, in the text format of Prometheus. */
export async function readMetrics(ctx: Context): Promise<Response> {
  const metrics = metricsOf(dataOf(await ctx.centre.rpc("sync_metrics", {})));
  return new Response(exposition(metrics), { headers: { "content-type": PROMETHEUS } });
}

/** The same as a list. */
function metricsOf(metrics: CentreMetrics): Metric[] {
  return [...metricsOfUsers(metrics), ...metricsOfSites(metrics), ...metricsOfRoster(metrics)];
}

function metricsOfUsers({ users, sites, failures }: CentreMetrics): Metric[] {
  return [
    {
      name: "roster_users",
      help: "Users of the list.",
      samples: (["active", "inactive"] as const).map((status) => ({
        labels: { status },
        value: users[status],
      })),
    },
    {
      name: "roster_pairs",
      help: "Users at a site, by state.",
      samples: sites.flatMap((one) =>
        STATES.map((state) => ({ labels: { site: one.site, state }, value: one[state] })),
      ),
    },
    {
      name: "roster_failures",
      help: "Users who fail or are retried at a site, by kind of failure; counted up to 100000.",
      samples: failures.map(({ site, code, users: value }) => ({ labels: { site, code }, value })),
    },
  ];
}

function metricsOfSites({ sites }: CentreMetrics): Metric[] {
  const perSite = (name: string, help: string, read: (site: SiteMetrics) => number): Metric => ({
    name,
    help,
    samples: sites.map((one) => ({ labels: { site: one.site }, value: read(one) })),
  });
  return [
    {
      name: "roster_site_health",
      help: "1 for the health that a site has.",
      samples: sites.flatMap(({ site, health }) =>
        HEALTHS.map((one) => ({ labels: { site, health: one }, value: Number(health === one) })),
      ),
    },
    {
      name: "roster_attempts_per_minute",
      help: "Attempts at a site by result, on average over the last five whole minutes.",
      samples: sites.flatMap(({ site, succeeded, refused }) => [
        { labels: { site, result: "success" }, value: succeeded / 5 },
        { labels: { site, result: "failed" }, value: refused / 5 },
      ]),
    },
    perSite("roster_site_paused", "1 for a paused site.", ({ paused }) => Number(paused)),
    perSite(
      "roster_lag_seconds",
      "Age of the oldest change that waits for a site.",
      (site) => site.lagSeconds,
    ),
    perSite("roster_site_leased", "1 while a worker drains the site.", ({ leased }) => Number(leased)),
    perSite(
      "roster_batch_age_seconds",
      "Age of the oldest batch on its way.",
      (site) => site.leaseAgeSeconds,
    ),
  ];
}

function metricsOfRoster({ queue, workers, alerts }: CentreMetrics): Metric[] {
  return [
    {
      name: "roster_queue_changes",
      help: "Changes not yet fanned out.",
      samples: [{ value: queue.changes }],
    },
    {
      name: "roster_queue_age_seconds",
      help: "Age of the oldest of them.",
      samples: [{ value: queue.ageSeconds }],
    },
    { name: "roster_workers", help: "Workers that are alive.", samples: [{ value: workers }] },
    {
      name: "roster_alerts",
      help: "Alerts that go on, by kind.",
      samples: ALERT_KINDS.map((kind) => ({ labels: { kind }, value: alerts[kind] ?? 0 })),
    },
  ];
}

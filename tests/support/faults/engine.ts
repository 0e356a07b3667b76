import { createCentre } from "@/lib/sync/adapters/centre";
import { createSupabaseSite } from "@/lib/sync/adapters/supabase-site";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { createWebhookSite } from "@/lib/sync/adapters/webhook-site";
import { type Engine, startEngine } from "@/lib/sync/engine";
import type { Log, OpenSite } from "@/lib/sync/ports";
import type { Ports } from "@/tests/support/faults/crash-points";
import { outgoing } from "@/tests/support/outgoing";

export interface EngineSettings {
  url: string;
  secretKey: string;
  name: string;
  leaseSeconds: number;
  pollMs: number;
  siteTimeoutMs: number;
}

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The engine on a real centre and real sites, whose keys are not sealed here; `wrap` may change its ports. */
export function startTestEngine(settings: EngineSettings, wrap = (ports: Ports) => ports): Engine {
  const { url, secretKey, name, leaseSeconds, pollMs, siteTimeoutMs: timeoutMs } = settings;
  const openSite: OpenSite = async (site, aborting) =>
    site.kind === "webhook"
      ? createWebhookSite({ site, secrets: [site.credentials], outgoing, aborting, timeoutMs })
      : createSupabaseSite(site.url, site.credentials, site.removal, { outgoing, aborting, timeoutMs });
  const ports = wrap({ centre: createCentre(url, secretKey, name), openSite });
  return startEngine({ ...ports, clock: systemClock, log: silent, leaseSeconds, pollMs, maxSites: 32 });
}

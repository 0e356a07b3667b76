import { createCentre } from "@/lib/sync/adapters/centre";
import { createSupabaseSite } from "@/lib/sync/adapters/supabase-site";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { type Engine, startEngine } from "@/lib/sync/engine";
import type { Log } from "@/lib/sync/ports";
import type { Ports } from "@/tests/support/faults/crash-points";

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
  const ports: Ports = {
    centre: createCentre(url, secretKey, name),
    openSite: async (site, aborting) =>
      createSupabaseSite(site.url, site.credentials, site.removal, { aborting, timeoutMs }),
  };
  return startEngine({ ...wrap(ports), clock: systemClock, log: silent, leaseSeconds, pollMs, maxSites: 32 });
}

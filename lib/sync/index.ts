import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Outgoing } from "../outgoing";
import { createCentre } from "./adapters/centre";
import { createSupabaseSite } from "./adapters/supabase-site";
import { systemClock } from "./adapters/system-clock";
import { createWebhookSite } from "./adapters/webhook-site";
import { redactor } from "./core/redact";
import { type Engine, startEngine } from "./engine";
import type { LeasedSite, Log, OpenSite, SiteWriter } from "./ports";
import { redacting } from "./redacting";

export interface WorkerOptions {
  supabaseUrl: string;
  secretKey: string;
  /** Opens one of a site's sealed keys or signing secrets; the error when it cannot says why, and no secret. */
  openCredentials(site: Pick<LeasedSite, "id" | "kind" | "url">, sealed: string): Promise<string>;
  /** The way to the sites. */
  outgoing: Outgoing;
  log: Log;
}

/** A lease is renewed every third of this; another worker takes over that long after a crash. */
const LEASE_SECONDS = 9;
/** The delay of a change made by SQL. An idle installation asks the centre one cheap question that often. */
const POLL_MS = 1_000;
/** More sites at once would mostly wait for the same two processors; fewer would wait for slow sites. */
const MAX_SITES = 32;

export type Worker = Engine;

/** Starts a worker in this process. Any number may run, here and on other machines. */
export function startWorker(options: WorkerOptions): Worker {
  const worker = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  return startEngine({
    centre: createCentre(options.supabaseUrl, options.secretKey, worker),
    openSite: siteOpener(options),
    clock: systemClock,
    log: options.log,
    leaseSeconds: LEASE_SECONDS,
    pollMs: POLL_MS,
    maxSites: MAX_SITES,
  });
}

function siteOpener({ openCredentials, outgoing, log }: WorkerOptions): OpenSite {
  return async (site: LeasedSite, aborting: AbortSignal) => {
    try {
      const secrets = await openAll(site, openCredentials);
      return redacting(writerOf(site, secrets, { outgoing, aborting }), redactor(secrets));
    } catch (error) {
      log.error({ site: site.name, err: error }, "a site's credentials cannot be opened");
      const why = error instanceof Error ? ` ${error.message}` : "";
      return {
        code: "credentials_unreadable",
        message: `The saved credentials of this site cannot be opened.${why}`,
      };
    }
  };
}

type Secrets = readonly [present: string, ...previous: string[]];

/** Opens the present secret, and of the replaced ones those that can be opened. */
async function openAll(site: LeasedSite, open: WorkerOptions["openCredentials"]): Promise<Secrets> {
  const present = await open(site, site.credentials);
  const previous = site.previousCredentials.map((sealed) => open(site, sealed).catch(() => null));
  return [present, ...(await Promise.all(previous)).filter((secret) => secret !== null)];
}

type Way = { outgoing: Outgoing; aborting: AbortSignal };

function writerOf(site: LeasedSite, secrets: Secrets, way: Way): SiteWriter {
  if (site.kind === "webhook") return createWebhookSite({ site, secrets, ...way });
  return createSupabaseSite(site.url, secrets[0], site.removal, way);
}

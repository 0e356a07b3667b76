import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Outgoing } from "../outgoing";
import { createCentre } from "./adapters/centre";
import { createMappedSite } from "./adapters/mapped-site";
import { createSupabaseSite } from "./adapters/supabase-site";
import { systemClock } from "./adapters/system-clock";
import { createWebhookSite } from "./adapters/webhook-site";
import type { Failure } from "./core/failure";
import { mapping } from "./core/mapping";
import { redactor } from "./core/redact";
import { type Engine, startEngine } from "./engine";
import type { LeasedSite, Log, OpenSite, RowKeyStore, SiteWriter } from "./ports";
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
  const centre = createCentre(options.supabaseUrl, options.secretKey, worker);
  return startEngine({
    centre,
    openSite: siteOpener(options, centre),
    clock: systemClock,
    log: options.log,
    leaseSeconds: LEASE_SECONDS,
    pollMs: POLL_MS,
    maxSites: MAX_SITES,
  });
}

function siteOpener({ openCredentials, outgoing, log }: WorkerOptions, rowKeys: RowKeyStore): OpenSite {
  return async (site: LeasedSite, aborting: AbortSignal) => {
    try {
      const secrets = await openAll(site, openCredentials);
      const writer = writerOf(site, secrets, { outgoing, aborting, rowKeys });
      return "code" in writer ? writer : redacting(writer, redactor(secrets));
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

type Way = { outgoing: Outgoing; aborting: AbortSignal; rowKeys: RowKeyStore };

function writerOf(site: LeasedSite, secrets: Secrets, way: Way): SiteWriter | Failure {
  if (site.kind === "webhook") return createWebhookSite({ site, secrets, ...way });
  if (!site.mapping) return createSupabaseSite(site.url, secrets[0], site.removal, way);
  const read = mapping.safeParse(site.mapping);
  if (read.success) return createMappedSite(site, secrets[0], { ...way, mapping: read.data });
  return { code: "mapping_broken", message: "The saved mapping of this site is not one that Roster knows." };
}

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Outgoing } from "../outgoing";
import { createCentre } from "./adapters/centre";
import { createJobCentre } from "./adapters/job-centre";
import { createMappedSite } from "./adapters/mapped-site";
import { openReader } from "./adapters/open-reader";
import { createPlanCentre } from "./adapters/plan-centre";
import { createRowReader } from "./adapters/row-reader";
import { readSiteRows } from "./adapters/site-rows";
import { createSupabaseSite } from "./adapters/supabase-site";
import { systemClock } from "./adapters/system-clock";
import { createTakeOverCentre } from "./adapters/take-over-centre";
import { createVerifyCentre } from "./adapters/verify-centre";
import { createWebhookSite } from "./adapters/webhook-site";
import type { Failure } from "./core/failure";
import type { CheckPerson } from "./core/person";
import { redactor } from "./core/redact";
import { readMapping } from "./core/saved-mapping";
import { type Engine, startEngine } from "./engine";
import { startJobs } from "./jobs/jobs";
import { startPlanner } from "./planning/planner";
import type { OpenRowReader } from "./planning/ports";
import type { LeasedSite, Log, OpenSite, RowKeyStore, SiteWriter } from "./ports";
import { redacting, redactingReader, redactingRowReader, redactingRows } from "./redacting";
import type { OpenRows } from "./take-over/ports";
import { startTaker } from "./take-over/taker";
import type { OpenReader } from "./verify/ports";
import { startVerifier } from "./verify/verifier";

export interface WorkerOptions {
  supabaseUrl: string;
  secretKey: string;
  /** Opens one of a site's sealed keys or signing secrets; the error when it cannot says why, and no secret. */
  openCredentials(site: Pick<LeasedSite, "id" | "kind" | "url">, sealed: string): Promise<string>;
  /** Says why a site's row cannot become a user of the list; null: it can. */
  checkPerson?: CheckPerson;
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

/** How often the loops beside the engine look at what its question told them; they ask the centre only for what is there. */
const SIDE_POLL_MS = 1_000;
/** Comparing keeps one processor of the centre and one of the site busy: more at once would be felt by those who sync. */
const MAX_COMPARED = 2;
/** Somebody waits for a plan, so a few more sites are read at once. */
const MAX_PLANNED = 4;

export type Worker = Omit<Engine, "hasSideWork">;

/** Starts a worker in this process. Any number may run, here and on other machines. */
export function startWorker(options: WorkerOptions): Worker {
  const worker = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const { supabaseUrl, secretKey, log } = options;
  const centre = createCentre(supabaseUrl, secretKey, worker);
  const engine = startEngine({
    centre: {
      ...centre,
      recordLook: async (site, hasRows) => {
        const free = await centre.recordLook(site, hasRows);
        if (!free) taker.wake();
        return free;
      },
    },
    openSite: siteOpener(options, centre),
    clock: systemClock,
    log,
    leaseSeconds: LEASE_SECONDS,
    pollMs: POLL_MS,
    maxSites: MAX_SITES,
  });
  const verifier = startVerifier({
    centre: createVerifyCentre(supabaseUrl, secretKey, worker),
    openReader: readerOpener(options),
    clock: systemClock,
    log,
    pollMs: SIDE_POLL_MS,
    isDue: () => engine.hasSideWork("verify"),
    maxSites: MAX_COMPARED,
  });
  const taker = startTaker({
    centre: createTakeOverCentre(supabaseUrl, secretKey, worker),
    openRows: rowsOpener(options),
    clock: systemClock,
    log,
    pollMs: SIDE_POLL_MS,
    isDue: () => engine.hasSideWork("take_over"),
    maxSites: MAX_COMPARED,
  });
  const planner = startPlanner({
    centre: createPlanCentre(supabaseUrl, secretKey),
    openRows: rowReaderOpener(options),
    clock: systemClock,
    log,
    pollMs: SIDE_POLL_MS,
    isDue: () => engine.hasSideWork("plan"),
    maxSites: MAX_PLANNED,
  });
  const jobs = startJobs({
    centre: createJobCentre(supabaseUrl, secretKey),
    clock: systemClock,
    log,
    pollMs: SIDE_POLL_MS,
    isDue: () => engine.hasSideWork("job"),
  });
  const loops = [engine, verifier, taker, planner, jobs];
  return {
    wake: () => {
      for (const loop of loops) loop.wake();
    },
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    lastTickAt: engine.lastTickAt,
  };
}

function siteOpener(options: WorkerOptions, rowKeys: RowKeyStore): OpenSite {
  return (site, aborting) =>
    opened(options, site, async () => {
      const secrets = await openAll(site, options.openCredentials);
      const writer = writerOf(site, secrets, { outgoing: options.outgoing, aborting, rowKeys });
      return "code" in writer ? writer : redacting(writer, redactor(secrets));
    });
}

function readerOpener(options: WorkerOptions): OpenReader {
  return (site, owners, aborting) =>
    opened(options, site, async () => {
      const key = await options.openCredentials(site, site.credentials);
      const reader = openReader(site, key, owners, { outgoing: options.outgoing, aborting });
      return "code" in reader ? reader : redactingReader(reader, redactor([key]));
    });
}

function rowsOpener(options: WorkerOptions): OpenRows {
  const check = options.checkPerson ?? (() => null);
  return (of, aborting) =>
    opened(options, of.site, async () => {
      const key = await options.openCredentials(of.site, of.site.credentials);
      const mapping = readMapping(of.mapping);
      if ("code" in mapping) return mapping;
      const way = { outgoing: options.outgoing, aborting, mapping, check };
      return redactingRows(readSiteRows(of.site, key, way), redactor([key]));
    });
}

function rowReaderOpener(options: WorkerOptions): OpenRowReader {
  return async (site, aborting) => {
    if (site.kind === "webhook") return null;
    return await opened(options, site, async () => {
      const read = readMapping(site.mapping);
      if ("code" in read) return read;
      const key = await options.openCredentials(site, site.credentials);
      const way = { outgoing: options.outgoing, aborting, mapping: read };
      return redactingRowReader(createRowReader(site, key, way), redactor([key]));
    });
  };
}

/** What `open` gives, or the failure of a site whose credentials cannot be opened. */
async function opened<T>({ log }: WorkerOptions, site: { name: string }, open: () => Promise<T>) {
  try {
    return await open();
  } catch (error) {
    log.error({ site: site.name, err: error }, "a site's credentials cannot be opened");
    const why = error instanceof Error ? ` ${error.message}` : "";
    const message = `The saved credentials of this site cannot be opened.${why}`;
    return { code: "credentials_unreadable" as const, message };
  }
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
  const read = readMapping(site.mapping);
  return "code" in read ? read : createMappedSite(site, secrets[0], { ...way, mapping: read });
}

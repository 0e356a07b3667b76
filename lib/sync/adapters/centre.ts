import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { z } from "zod";
import type { Centre, Claim, LeasedSite, Outcomes, RowKeyStore, SiteFailure } from "../ports";
import { claim, Rows, readClaim } from "./claims";
import { reachable, withRemoval } from "./leased-site";
import { countOutcomes, groupOutcomes } from "./outcomes";
import { SharedPages } from "./shared-pages";

/** Changes are read in messages of up to 500 users: 10,000 users at most, and fewer where there are many sites. */
const MESSAGES_PER_FAN_OUT = 20;
/** Above the 8 s statement timeout of hosted projects, so that the database's own error arrives first. */
const TIMEOUT_MS = 12_000;

const fannedOut = z.object({
  users: z.number(),
  more: z.boolean(),
  ready: z.boolean(),
  side: z.array(z.enum(["verify", "take_over", "plan", "job"])),
});

const leasedSite = z
  .object({
    ...reachable,
    previousCredentials: z.array(z.string()),
    failures: z.number(),
    inspect: z.boolean(),
    disconnecting: z.boolean(),
    mapping: z.unknown(),
    look: z.boolean(),
    shared: z.boolean(),
    claim: claim.optional(),
  })
  .transform(({ claim, ...site }) => ({
    ...withRemoval(site),
    claim: claim?.kind === "batch" ? claim : undefined,
  }));

/** `who`: nothing was recorded, users have to be named. */
const settled = z.object({
  settled: z.boolean(),
  released: z.boolean().optional(),
  who: z.literal(true).optional(),
});

const rowKeys = z
  .object({ own: z.record(z.string(), z.string()), held: z.record(z.string(), z.string()) })
  .nullable();

/** The central database did not do what was asked; worth trying again, since every call is one transaction. */
class CentreError extends Error {
  override name = "CentreError";
}

/** The central Supabase project, called as `service_role`. `worker` names this process in leases. */
export function createCentre(url: string, secretKey: string, worker: string): Centre & RowKeyStore {
  const client = centreClient(url, secretKey);
  const call = <T>(name: string, args: object, shape: z.ZodType<T>) => rpc(client, name, args, shape);
  const settle = async (
    { id, leaseId }: LeasedSite,
    claimId: string,
    outcomes: Outcomes,
    { failure, release = false }: { failure: SiteFailure | null; release?: boolean },
  ) => {
    const args = { site: id, lease: leaseId, claim: claimId, site_failure: failure, release };
    const counted = failure ? null : countOutcomes(outcomes);
    const short = counted && (await call("sync_settle", { ...args, outcomes: counted }, settled));
    if (short && !short.who) return short;
    return await call("sync_settle", { ...args, outcomes: groupOutcomes(outcomes) }, settled);
  };
  const pages = new SharedPages();
  const claimNext = async (site: LeasedSite, maxUsers: number): Promise<Claim> => {
    const held = { site: site.id, lease: site.leaseId };
    const args = { ...held, max_users: maxUsers };
    if (site.disconnecting) return await call("sync_claim_removals", args, claim);
    if (!takesRows(site)) return await call("sync_claim", args, claim);
    const batch = await pages.claim(site, maxUsers, {
      claim: async (rowsKnown) =>
        readClaim(
          await rpcBytes(url, secretKey, "sync_claim", { ...args, as_rows: true, rows_known: rowsKnown }),
        ),
      rows: async (claimId) => {
        const body = await rpcBytes(url, secretKey, "sync_page_rows", { ...held, claim: claimId });
        return body.toString("latin1").trim() === "null" ? null : new Rows(body, { areNew: true });
      },
    });
    return batch ?? (await claimNext(site, maxUsers));
  };
  return {
    fanOut: () => call("sync_fan_out", { max_messages: MESSAGES_PER_FAN_OUT }, fannedOut),
    leaseSites: (seconds, most, claimUpTo = 0) => {
      const args = { worker, seconds, max_sites: most, claim_up_to: claimUpTo };
      return call("sync_lease_sites", args, z.array(leasedSite));
    },
    renewLease: (site, seconds) =>
      call("sync_renew_lease", { site: site.id, lease: site.leaseId, seconds }, z.boolean()),
    releaseSite: async (site) => {
      await call("sync_release_site", { site: site.id, lease: site.leaseId }, z.unknown());
    },
    claim: claimNext,
    displace: async (site, userIds) => {
      const args = { site: site.id, lease: site.leaseId, users: userIds };
      return new Set(await call("sync_displace", args, z.array(z.string())));
    },
    settle: async (site, claimId, outcomes, failure) =>
      (await settle(site, claimId, outcomes, { failure })).settled,
    settleLast: async (site, claimId, outcomes) => {
      const answer = await settle(site, claimId, outcomes, { failure: null, release: true });
      if (!answer.settled) return "lost";
      return answer.released ? "released" : "more";
    },
    recordLook: (site, hasRows) =>
      call("sync_looked", { site: site.id, lease: site.leaseId, has_rows: hasRows }, z.boolean()),
    recordNewest: async (site, rows) => {
      await call("sync_record_newest", { site: site.id, lease: site.leaseId, site_rows: rows }, z.unknown());
    },
    readRowKeys: async (site, userIds, keys) => {
      const args = { site: site.id, lease: site.leaseId, users: userIds, keys };
      const found = await call("sync_row_keys", args, rowKeys);
      if (!found) throw new CentreError("The lease is over");
      return { own: new Map(Object.entries(found.own)), held: new Map(Object.entries(found.held)) };
    },
    recordRowKeys: async (site, recorded) => {
      const args = { site: site.id, lease: site.leaseId, recorded };
      if (!(await call("sync_record_row_keys", args, z.boolean())))
        throw new CentreError("The lease is over");
    },
    maintain: () => call("sync_maintain", {}, z.boolean()),
  };
}

/** Whether a site's API takes rows as the list has them, without anything added. */
function takesRows({ kind, mapping, removal }: LeasedSite): boolean {
  return kind === "supabase" && !mapping && removal.kind !== "deactivate";
}

/** A client of the central project that leaves it to the engine what is tried again. */
export function centreClient(url: string, secretKey: string): SupabaseClient {
  return createClient(url, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false },
    global: { fetch: boundedFetch },
  });
}

const boundedFetch: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" });

/** Calls a function of the centre, as supabase-js does, for an answer that is not to be made into objects. */
async function rpcBytes(
  url: string,
  secretKey: string,
  name: string,
  args: object,
): Promise<Buffer<ArrayBuffer>> {
  const answer = await boundedFetch(`${url.replace(/\/$/, "")}/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}`, "content-type": "application/json" },
    body: JSON.stringify(args),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.ok) return bytes;
  throw new CentreError(`${name}: ${messageIn(bytes.toString())} (HTTP ${answer.status})`);
}

/** What an answer says went wrong. The message alone: details may quote a row. */
function messageIn(text: string): string {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(text)).message;
  } catch {
    return "no message";
  }
}

/** Calls a function of the centre and reads its answer. Throws when it does not give one. */
export async function rpc<T>(
  client: SupabaseClient,
  name: string,
  args: object,
  shape: z.ZodType<T>,
): Promise<T> {
  const { data, error, status } = await client.rpc(name, args);
  // The message alone: details may quote a row.
  if (error) throw new CentreError(`${name}: ${error.message} (${error.code || `HTTP ${status}`})`);
  return shape.parse(data);
}

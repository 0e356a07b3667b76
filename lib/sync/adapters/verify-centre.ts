import type { SupabaseClient } from "@supabase/supabase-js";
import { z } from "zod";
import { placeOf } from "../verify/compare-site";
import type { RowOwner, Step, Verification, VerifyCentre } from "../verify/ports";
import { centreClient, rpc } from "./centre";
import { userRow } from "./claims";
import { reachable, withRemoval } from "./leased-site";

/**
 * How long a worker may be away before another goes on with its comparison. Each page prolongs it; a site may take 15 s
 * for one. Nothing waits for a comparison, so this may be longer than the lease of a site that is written to.
 */
const LEASE_SECONDS = 20;

const verification = z
  .object({
    verificationId: z.string(),
    phase: z.enum(["rows", "pairs"]),
    cursor: z.string(),
    now: z.string(),
    failures: z.number(),
    site: z
      .object({
        ...reachable,
        mapping: z.unknown(),
        keyed: z.boolean(),
      })
      .transform(withRemoval),
  })
  .transform(({ verificationId, ...more }): Verification => ({ id: verificationId, ...more }))
  .nullable();

const step: z.ZodType<Step> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("lost") }),
  z.object({
    kind: z.literal("held"),
    phase: z.enum(["rows", "pairs", "done"]),
    cursor: z.string(),
    look: z.array(z.string()),
    now: z.string(),
  }),
]);

const status = z.enum(["active", "inactive"]);
const owners: z.ZodType<RowOwner[]> = z.array(
  z.object({ id: z.string(), key: z.string(), user: userRow.extend({ status }).nullable() }),
);

/** The central Supabase project, for comparing. `worker` names this process in leases. */
export function createVerifyCentre(url: string, secretKey: string, worker: string): VerifyCentre {
  const client: SupabaseClient = centreClient(url, secretKey);
  const held = ({ id, site }: Verification) => ({
    verification: id,
    lease: site.leaseId,
    seconds: LEASE_SECONDS,
  });
  const wait = async ({ id, site }: Verification, how: object) => {
    const args = { verification: id, lease: site.leaseId, ...how };
    await rpc(client, "sync_verify_wait", args, z.unknown());
  };
  return {
    lease: () => rpc(client, "sync_verify_lease", { worker, seconds: LEASE_SECONDS }, verification),
    owners: ({ id, site }) => {
      const ask = (args: object) =>
        rpc(client, "sync_verify_owners", { verification: id, lease: site.leaseId, ...args }, owners);
      return {
        ofKeys: (field, keys) => ask({ field, keys, users: null }),
        ofUsers: (field, users) => ask({ field, keys: null, users }),
      };
    },
    page: (of, began, rows) => {
      const args = { ...held(of), began, page_rows: rows };
      const last = rows.at(-1);
      return of.site.keyed
        ? rpc(client, "sync_verify_keyed_page", { ...args, reached: last ? placeOf(last) : null }, step)
        : rpc(client, "sync_verify_page", args, step);
    },
    pairs: (of) => rpc(client, "sync_verify_pairs", held(of), step),
    looked: (of, began, looked, absent) =>
      rpc(client, "sync_verify_looked", { ...held(of), began, looked, absent }, step),
    fail: (of, { code, message }, retryIn) => wait(of, { code, reason: message, retry_in: retryIn ?? null }),
    giveBack: (of) => wait(of, { code: null, reason: null, retry_in: null }),
  };
}

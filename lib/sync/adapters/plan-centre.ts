import { z } from "zod";
import type { PlanCentre, PlanPage, PlanTurn } from "../planning/ports";
import { centreClient, rpc } from "./centre";
import { userRow } from "./claims";
import { reachable, withRemoval } from "./leased-site";

/** How long a worker may be away before another goes on with its site. Each page prolongs it. */
const LEASE_SECONDS = 20;

const turn = z
  .object({
    planId: z.string(),
    passesConfirmed: z.boolean(),
    countsStrangers: z.boolean(),
    failures: z.number(),
    site: z
      .object({
        ...reachable,
        mapping: z.unknown(),
      })
      .transform(withRemoval),
  })
  .nullable();

const page: z.ZodType<PlanPage> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("lost") }),
  z.object({
    kind: z.literal("page"),
    upto: z.string().nullable(),
    users: z.array(
      z.object({
        user: userRow.extend({ status: z.enum(["active", "inactive"]) }),
        inScope: z.boolean(),
        there: z.boolean(),
        confirmed: z.boolean(),
        departure: z.enum(["open", "held", "allowed"]).nullable(),
        foreign: z.boolean(),
        key: z.string(),
        taken: z.boolean(),
      }),
    ),
  }),
]);

/** The central Supabase project, for planning. */
export function createPlanCentre(url: string, secretKey: string): PlanCentre {
  const client = centreClient(url, secretKey);
  const of = ({ planId, site }: PlanTurn) => ({ plan: planId, site: site.id, lease: site.leaseId });
  const held = (one: PlanTurn) => ({ ...of(one), seconds: LEASE_SECONDS });
  const wait = async (one: PlanTurn, how: object) => {
    await rpc(client, "sync_plan_wait", { ...of(one), ...how }, z.unknown());
  };
  return {
    lease: () => rpc(client, "sync_plan_lease", { seconds: LEASE_SECONDS }, turn),
    page: (one) => rpc(client, "sync_plan_page", held(one), page),
    ours: async (one, keys) =>
      new Set(await rpc(client, "sync_plan_ours", { ...of(one), keys }, z.array(z.string()))),
    record: (one, upto, seen) => rpc(client, "sync_plan_record", { ...held(one), upto, seen }, z.boolean()),
    end: async (one, strangers) => {
      await rpc(client, "sync_plan_record", { ...held(one), upto: null, seen: { strangers } }, z.boolean());
    },
    fail: (one, { code, message }, retryIn) =>
      wait(one, { code, reason: message, retry_in: retryIn ?? null }),
    giveBack: (one) => wait(one, { code: null, reason: null, retry_in: null }),
  };
}

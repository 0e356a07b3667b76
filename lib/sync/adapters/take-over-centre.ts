import { z } from "zod";
import type { TakeOver, TakeOverCentre, TakeOverStep } from "../take-over/ports";
import { centreClient, rpc } from "./centre";
import { reachable, withRemoval } from "./leased-site";

/** How long a worker may be away before another goes on; a site may take 15 s for a page, which prolongs it. */
const LEASE_SECONDS = 20;

const takeOver = z
  .object({
    phase: z.string(),
    cursor: z.string(),
    failures: z.number(),
    mapping: z.unknown(),
    site: z
      .object({
        ...reachable,
      })
      .transform(withRemoval),
  })
  .nullable();

const step: z.ZodType<TakeOverStep> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("lost") }),
  z.object({
    kind: z.literal("held"),
    phase: z.string(),
    cursor: z.string(),
    later: z.boolean().default(false),
  }),
]);

/** The central Supabase project, for take-overs. `worker` names this process in leases. */
export function createTakeOverCentre(url: string, secretKey: string, worker: string): TakeOverCentre {
  const client = centreClient(url, secretKey);
  const held = ({ site }: TakeOver) => ({ site: site.id, lease: site.leaseId });
  const seconds = LEASE_SECONDS;
  const wait = async (of: TakeOver, how: object) => {
    await rpc(client, "sync_take_over_wait", { ...held(of), ...how }, z.unknown());
  };
  return {
    lease: () => rpc(client, "sync_take_over_lease", { worker, seconds }, takeOver),
    page: (of, rows) => {
      const page_rows = rows.map(({ key, person }) => ({ key, ...person }));
      return rpc(client, "sync_take_over_page", { ...held(of), seconds, page_rows }, step);
    },
    step: (of) => rpc(client, "sync_take_over_step", { ...held(of), seconds }, step),
    fail: (of, { code, message }, retryIn) => wait(of, { code, reason: message, retry_in: retryIn ?? null }),
    giveBack: (of) => wait(of, { code: null, reason: null, retry_in: null }),
  };
}

import type { Centre, Claim, LeasedSite, Outcome } from "@/lib/sync/ports";
import { leaseOne } from "@/tests/support/lease-one";

/** A central database as people and workers see it. */
export interface CentreUnderTest {
  centre: Centre;
  /** Inserts or changes a user; the e-mail address is made of the id. */
  putUser(id: string, fields?: { full_name?: string; status?: "active" | "inactive" }): Promise<void>;
  deleteUser(id: string): Promise<void>;
  /** Connects a site, which begins with a full sync, and returns its id. */
  connectSite(name: string, removal?: "delete" | "keep"): Promise<string>;
  syncAll(): Promise<void>;
  syncUser(id: string): Promise<void>;
  retry(): Promise<void>;
  runsFinished(): Promise<boolean>;
  /** What `user_sync_status` says of a user at a site. */
  status(siteId: string, userId: string): Promise<string | undefined>;
  /** Makes so much time go by. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

type Batch = Extract<Claim, { kind: "batch" }>;

/** Leases the next site for 9 s, after fanning out. */
export async function lease({ centre }: CentreUnderTest): Promise<LeasedSite> {
  await centre.fanOut();
  const site = await leaseOne(centre, 9);
  if (!site) throw new Error("No site is ready");
  return site;
}

/** Claims a batch that must be there. */
export async function claim({ centre }: CentreUnderTest, site: LeasedSite, most = 100): Promise<Batch> {
  const claimed = await centre.claim(site, most);
  if (claimed.kind !== "batch") throw new Error(`There is no batch but ${claimed.kind}`);
  return claimed;
}

/** The same outcome for every user of a batch. */
export function all(batch: Batch, kind: "upserted" | "removed" | "kept" | "skipped" | "returned"): Outcome[] {
  return batch.items.map(({ userId }) => ({ userId, kind, durationMs: 1 }));
}

function ids(batch: Batch): string[] {
  return batch.items.map(({ userId }) => userId).sort();
}

/** Does what a worker would, until nothing is ready, and says who was sent. */
export async function drain(world: CentreUnderTest): Promise<string[]> {
  const sent: string[] = [];
  for (;;) {
    await world.centre.fanOut();
    const site = await leaseOne(world.centre, 9);
    if (!site) return sent;
    for (;;) {
      const claimed = await world.centre.claim(site, 2);
      if (claimed.kind !== "batch") break;
      sent.push(...ids(claimed));
      const outcomes = claimed.items.map(({ userId, user, written }) => ({
        userId,
        kind:
          user.status === "active"
            ? ("upserted" as const)
            : written
              ? ("removed" as const)
              : ("skipped" as const),
        durationMs: 1,
      }));
      await world.centre.settle(site, claimed.claimId, outcomes, null);
    }
    await world.centre.releaseSite(site);
  }
}

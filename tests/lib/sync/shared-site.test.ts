import { afterEach, beforeEach, expect, test } from "vitest";
import { leaseOne } from "@/tests/support/lease-one";
import { GuardedCentre } from "@/tests/support/removals/guarded-centre";

let centre: GuardedCentre;
beforeEach(async () => {
  centre = await GuardedCentre.create();
});
afterEach(() => centre.close());

test("a shared site that did not answer is not taken for having a user's row: it may be its own", async () => {
  await centre.connectSite("hrms");
  await centre.work();
  await centre.sql`update connected_sites set shared = true, mapping = documented_mapping(), take_over = null`;
  await centre.addUsers(1, 1);
  await centre.port.fanOut();
  const claimed = async () => {
    const site = await leaseOne(centre.port, 9);
    if (!site) throw new Error("No site is ready");
    const claim = await centre.port.claim(site, 10);
    if (claim.kind !== "batch") throw new Error("Nothing is due");
    return { site, claim };
  };
  const { site, claim } = await claimed();
  const [errorCode, error] = ["unreachable", "No answer."];
  await centre.port.settle(
    site,
    claim.claimId,
    claim.items.map(({ userId }) => ({ userId, kind: "returned", durationMs: 1, errorCode, error })),
    { health: "degraded", errorCode, error, retryIn: 0 },
  );
  await centre.port.releaseSite(site);
  const again = await claimed();
  expect(again.claim.items.map(({ userId, written }) => ({ userId, written }))).toEqual([
    { userId: "u1", written: false },
  ]);
});

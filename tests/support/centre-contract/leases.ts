import { expect, test } from "vitest";
import {
  all,
  type CentreUnderTest,
  claim,
  drain,
  lease,
} from "@/tests/support/centre-contract/centre-under-test";
import { leaseOne } from "@/tests/support/lease-one";

export function leasesContract(world: () => CentreUnderTest): void {
  test("a site is leased to one worker at a time, until it is given back or its time is over", async () => {
    await world().connectSite("one");
    await world().putUser("u1");
    const site = await lease(world());
    expect(await leaseOne(world().centre, 9)).toBeNull();
    await world().pass(8);
    expect(await world().centre.renewLease(site, 9)).toBe(true);
    await world().pass(8);
    expect(await leaseOne(world().centre, 9)).toBeNull();
    await world().pass(2);
    expect(await world().centre.renewLease(site, 9)).toBe(false);
    const next = await leaseOne(world().centre, 9);
    expect(next?.id).toBe(site.id);
    await world().centre.releaseSite(site);
    expect(await leaseOne(world().centre, 9)).toBeNull();
    if (next) await world().centre.releaseSite(next);
    expect(await leaseOne(world().centre, 9)).not.toBeNull();
  });

  test("a claim whose worker died is sent again by the next worker", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    await claim(world(), await lease(world()));
    await world().pass(10);
    const batch = await claim(world(), await lease(world()));
    expect(batch.items).toMatchObject([{ userId: "u1", written: true }]);
    expect(await world().status(id, "u1")).toBe("pending");
  });

  test("a worker whose lease is lost settles nothing, and what it may have written is sent again", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1", { full_name: "Old" });
    const frozen = await lease(world());
    const late = await claim(world(), frozen);
    await world().pass(10);
    await world().putUser("u1", { full_name: "New" });
    expect(await drain(world())).toEqual(["u1"]);
    expect(await world().status(id, "u1")).toBe("synced");
    expect(await world().centre.settle(frozen, late.claimId, all(late, "upserted"), null)).toBe(false);
    expect(await world().status(id, "u1")).toBe("pending");
    expect((await world().centre.claim(frozen, 10)).kind).toBe("lost");
    expect(await drain(world())).toEqual(["u1"]);
  });

  test("a settle that is repeated because its answer was lost changes nothing", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    const outcomes = all(batch, "upserted");
    expect(await world().centre.settle(site, batch.claimId, outcomes, null)).toBe(true);
    await world().putUser("u1", { full_name: "Newer" });
    await world().centre.fanOut();
    expect(await world().centre.settle(site, batch.claimId, outcomes, null)).toBe(true);
    expect(await world().status(id, "u1")).toBe("pending");
    expect((await claim(world(), site)).items).toHaveLength(1);
  });

  test("what a stopping worker gives back untried is ready at once", async () => {
    await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    await world().centre.settle(site, batch.claimId, all(batch, "returned"), null);
    await world().centre.releaseSite(site);
    const again = await claim(world(), await lease(world()));
    expect(again.items).toMatchObject([{ userId: "u1", attempt: 1, written: false }]);
  });

  test("what little is due comes with the lease; more than that, and removals, do not", async () => {
    await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    await world().putUser("u2");
    const first = async (claimUpTo: number) => {
      await world().centre.fanOut();
      const [site] = await world().centre.leaseSites(9, 1, claimUpTo);
      if (!site) throw new Error("No site is ready");
      return site;
    };
    const more = await first(1);
    expect(more.claim).toBeUndefined();
    await world().centre.recordLook(more, false); // a new site is looked at before anything is claimed for it
    await world().centre.releaseSite(more);
    const little = await first(2);
    expect(little.claim?.items.map(({ userId }) => userId)).toEqual(["u1", "u2"]);
    if (little.claim)
      await world().centre.settleLast(little, little.claim.claimId, all(little.claim, "upserted"));
    await world().putUser("u1", { status: "inactive" });
    expect((await first(2)).claim).toBeUndefined();
  });

  test("the last settle gives the lease back, unless something has become due", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    await world().putUser("u2");
    await world().centre.fanOut();
    const { centre } = world();
    expect(await centre.settleLast(site, batch.claimId, all(batch, "upserted"))).toBe("more");
    const rest = await claim(world(), site);
    expect(await centre.settleLast(site, rest.claimId, all(rest, "upserted"))).toBe("released");
    expect(await centre.settleLast(site, rest.claimId, all(rest, "upserted"))).toBe("released"); // again: its answer was lost
    expect(await world().status(id, "u2")).toBe("synced");
    expect((await centre.claim(site, 10)).kind).toBe("lost");
    await world().putUser("u2", { full_name: "Newer" });
    const next = await lease(world());
    expect((await claim(world(), next)).items).toHaveLength(1);
  });
}

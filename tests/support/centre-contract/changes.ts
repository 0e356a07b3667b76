import { expect, test } from "vitest";
import {
  all,
  type CentreUnderTest,
  claim,
  drain,
  lease,
} from "@/tests/support/centre-contract/centre-under-test";

export function changesContract(world: () => CentreUnderTest): void {
  test("a change is pending at every site until the site has it", async () => {
    const [one, two] = [await world().connectSite("one"), await world().connectSite("two")];
    await drain(world());
    await world().putUser("u1");
    await world().centre.fanOut();
    expect([await world().status(one, "u1"), await world().status(two, "u1")]).toEqual([
      "pending",
      "pending",
    ]);
    expect(await drain(world())).toEqual(["u1", "u1"]);
    expect([await world().status(one, "u1"), await world().status(two, "u1")]).toEqual(["synced", "synced"]);
  });

  test("many changes of one user are one row of the next claim, with the present values", async () => {
    await world().connectSite("one");
    await drain(world());
    for (const full_name of ["Ada", "Ada L", "Ada Lovelace"]) await world().putUser("u1", { full_name });
    const { items } = await claim(world(), await lease(world()));
    expect(items).toMatchObject([{ userId: "u1", trigger: "change", attempt: 1, written: false }]);
    expect(items[0]?.user).toMatchObject({
      full_name: "Ada Lovelace",
      email: "u1@example.com",
      status: "active",
    });
  });

  test("a user who changes while on the way is sent again, with the newer values", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1", { full_name: "Old" });
    const site = await lease(world());
    const first = await claim(world(), site);
    await world().putUser("u1", { full_name: "New" });
    await world().centre.fanOut();
    expect((await world().centre.claim(site, 10)).kind).toBe("empty");
    await world().centre.settle(site, first.claimId, all(first, "upserted"), null);
    expect(await world().status(id, "u1")).toBe("pending");
    const { items } = await claim(world(), site);
    expect(items).toMatchObject([{ userId: "u1", written: true, user: { full_name: "New" } }]);
  });

  test("the sync of one user ends when every site has answered for that user", async () => {
    await world().connectSite("one");
    await world().putUser("u1");
    await drain(world());
    await world().syncUser("u1");
    expect(await world().runsFinished()).toBe(false);
    const site = await lease(world());
    const batch = await claim(world(), site);
    expect(batch.items).toMatchObject([{ userId: "u1", trigger: "manual" }]);
    await world().centre.settle(site, batch.claimId, all(batch, "upserted"), null);
    expect(await world().runsFinished()).toBe(true);
  });
}

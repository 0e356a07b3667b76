import { expect, test } from "vitest";
import {
  all,
  type CentreUnderTest,
  claim,
  drain,
  lease,
} from "@/tests/support/centre-contract/centre-under-test";

export function removalsContract(world: () => CentreUnderTest): void {
  test("a user who leaves is taken away where the site has the row, and only there", async () => {
    const one = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    await drain(world());
    await world().putUser("u1", { status: "inactive" });
    await world().putUser("u2", { status: "inactive" });
    const site = await lease(world());
    const batch = await claim(world(), site);
    expect(batch.items.map(({ userId, written }) => [userId, written])).toEqual([
      ["u1", true],
      ["u2", false],
    ]);
    await world().centre.settle(
      site,
      batch.claimId,
      [
        { userId: "u1", kind: "removed", durationMs: 1 },
        { userId: "u2", kind: "skipped", durationMs: 0 },
      ],
      null,
    );
    expect([await world().status(one, "u1"), await world().status(one, "u2")]).toEqual([
      "removed",
      "removed",
    ]);
  });

  test("a deleted user is removed with the last known row, and then forgotten", async () => {
    const one = await world().connectSite("one");
    await world().putUser("u1", { full_name: "Ada" });
    await drain(world());
    await world().deleteUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    expect(batch.items).toMatchObject([{ userId: "u1", user: { status: "deleted", full_name: "Ada" } }]);
    await world().centre.settle(site, batch.claimId, all(batch, "removed"), null);
    expect(await world().status(one, "u1")).toBeUndefined();
  });

  test("a deleted user whose row a site keeps is remembered there, also when the user comes back inactive", async () => {
    const one = await world().connectSite("one", "keep");
    await world().putUser("u1");
    await drain(world());
    await world().deleteUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    await world().centre.settle(site, batch.claimId, all(batch, "kept"), null);
    expect(await world().status(one, "u1")).toBe("kept");
    await world().putUser("u1", { status: "inactive" });
    await world().centre.fanOut();
    const { items } = await claim(world(), site);
    expect(items).toMatchObject([{ userId: "u1", written: true }]);
  });

  test("what a late worker may have put there is taken away, also when a skip was on its way meanwhile", async () => {
    const one = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const frozen = await lease(world());
    const late = await claim(world(), frozen);
    await world().pass(10);
    await world().putUser("u1", { status: "inactive" });
    const takeover = await lease(world());
    const removal = await claim(world(), takeover);
    await world().centre.settle(takeover, removal.claimId, all(removal, "removed"), null);
    await world().putUser("u1", { status: "inactive", full_name: "Other" });
    await world().centre.fanOut();
    const skip = await claim(world(), takeover);
    expect(skip.items).toMatchObject([{ written: false }]);
    expect(await world().centre.settle(frozen, late.claimId, all(late, "upserted"), null)).toBe(false);
    await world().centre.settle(takeover, skip.claimId, all(skip, "skipped"), null);
    expect(await world().status(one, "u1")).toBe("pending");
    expect((await claim(world(), takeover)).items).toMatchObject([{ userId: "u1", written: true }]);
  });
}

import { expect, test } from "vitest";
import {
  all,
  type CentreUnderTest,
  claim,
  drain,
  lease,
} from "@/tests/support/centre-contract/centre-under-test";

export function fullSyncsContract(world: () => CentreUnderTest): void {
  test("a full sync sends every active user once, page by page, and ends", async () => {
    for (const id of ["u1", "u2", "u3", "u4", "u5"]) await world().putUser(id);
    await world().putUser("u4", { status: "inactive" });
    await world().centre.fanOut();
    await world().connectSite("one");
    expect(await drain(world())).toEqual(["u1", "u2", "u3", "u5"]);
    expect(await world().runsFinished()).toBe(true);
    await world().syncAll();
    expect(await world().runsFinished()).toBe(false);
    expect(await drain(world())).toEqual(["u1", "u2", "u3", "u5"]);
    expect(await world().runsFinished()).toBe(true);
  });

  test("users who were confirmed since the full sync began are not sent a second time", async () => {
    for (const id of ["u1", "u2", "u3"]) await world().putUser(id);
    await world().connectSite("one");
    await drain(world());
    await world().syncAll();
    await world().putUser("u2", { full_name: "Changed" });
    expect((await drain(world())).sort()).toEqual(["u1", "u2", "u3"]);
    expect(await world().runsFinished()).toBe(true);
  });

  test("a page that the site could not take comes again", async () => {
    for (const id of ["u1", "u2", "u3"]) await world().putUser(id);
    await world().centre.fanOut();
    await world().connectSite("one");
    const site = await lease(world());
    const page = await claim(world(), site, 2);
    expect(page.items.map(({ trigger }) => trigger)).toEqual(["full", "full"]);
    const away = { health: "degraded", errorCode: "busy", error: "Busy.", retryIn: 1 } as const;
    await world().centre.settle(site, page.claimId, all(page, "returned"), away);
    await world().centre.releaseSite(site);
    await world().pass(2);
    expect((await drain(world())).sort()).toEqual(["u1", "u2", "u3"]);
    expect(await world().runsFinished()).toBe(true);
  });

  test("users of a full sync whose worker died are sent again as a part of it, and not as if asked for by name", async () => {
    for (const id of ["u1", "u2"]) await world().putUser(id);
    await world().centre.fanOut();
    await world().connectSite("one");
    const { items } = await claim(world(), await lease(world()));
    await world().pass(10);
    const again = await claim(world(), await lease(world()));
    const parts = [items, again.items].map((part) =>
      part.map(({ userId, trigger, runId }) => ({ userId, trigger, runId })),
    );
    expect(parts[0]).toMatchObject([{ trigger: "full" }, { trigger: "full" }]);
    expect(parts[1]).toEqual(parts[0]);
  });
}

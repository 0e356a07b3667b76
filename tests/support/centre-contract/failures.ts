import { expect, test } from "vitest";
import type { Outcome } from "@/lib/sync/ports";
import {
  all,
  type CentreUnderTest,
  claim,
  drain,
  lease,
} from "@/tests/support/centre-contract/centre-under-test";
import { leaseOne } from "@/tests/support/lease-one";

export function failuresContract(world: () => CentreUnderTest): void {
  const refused = { kind: "failed", durationMs: 1, errorCode: "value_refused", error: "No." } as const;

  test("a refused user waits alone, is tried again when it is time, and counts attempts", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    await world().putUser("u2");
    const site = await lease(world());
    const batch = await claim(world(), site);
    const outcomes: Outcome[] = [
      { ...refused, userId: "u1", retryIn: 30 },
      { userId: "u2", kind: "upserted", durationMs: 1 },
    ];
    await world().centre.settle(site, batch.claimId, outcomes, null);
    await world().centre.releaseSite(site);
    expect([await world().status(id, "u1"), await world().status(id, "u2")]).toEqual(["retrying", "synced"]);
    expect(await leaseOne(world().centre, 9)).toBeNull();
    await world().pass(31);
    const { items } = await claim(world(), await lease(world()));
    expect(items).toMatchObject([{ userId: "u1", attempt: 2, trigger: "retry" }]);
  });

  test("a user given up on waits for a retry by hand or a change", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    await world().centre.settle(site, batch.claimId, [{ ...refused, userId: "u1" }], null);
    await world().centre.releaseSite(site);
    await world().pass(1_000_000);
    expect(await drain(world())).toEqual([]);
    expect(await world().status(id, "u1")).toBe("failed");
    await world().retry();
    expect(await drain(world())).toEqual(["u1"]);
  });

  test("a site's failure keeps the whole site waiting and costs no user an attempt", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    const away = { errorCode: "unreachable", error: "Away." };
    const outcomes: Outcome[] = [{ ...away, userId: "u1", kind: "returned", durationMs: 1 }];
    await world().centre.settle(site, batch.claimId, outcomes, { ...away, health: "degraded", retryIn: 20 });
    await world().centre.releaseSite(site);
    expect(await world().status(id, "u1")).toBe("retrying");
    await world().pass(18);
    expect(await leaseOne(world().centre, 9)).toBeNull();
    await world().pass(3);
    const next = await lease(world());
    expect(next.failures).toBe(1);
    expect((await claim(world(), next)).items).toMatchObject([{ userId: "u1", attempt: 1, written: true }]);
  });

  test("a blocked site waits for a person and says failed of everybody it still needs", async () => {
    const id = await world().connectSite("one");
    await drain(world());
    await world().putUser("u1");
    const site = await lease(world());
    const batch = await claim(world(), site);
    const why = { health: "blocked", errorCode: "table_missing", error: "No table." } as const;
    await world().centre.settle(site, batch.claimId, all(batch, "returned"), why);
    await world().centre.releaseSite(site);
    await world().pass(1_000_000);
    expect(await drain(world())).toEqual([]);
    expect(await world().status(id, "u1")).toBe("failed");
    await world().retry();
    expect(await drain(world())).toEqual(["u1"]);
    expect(await world().status(id, "u1")).toBe("synced");
  });

  test("a row that loses a value to another user is written again, unless it is nobody's we would write", async () => {
    const id = await world().connectSite("one");
    await world().putUser("u1");
    await drain(world());
    await world().putUser("u2");
    const site = await lease(world());
    expect(await world().centre.displace(site, ["u1", "unknown"])).toEqual(new Set(["u1"]));
    expect(await world().status(id, "u1")).toBe("pending");
    await world().centre.releaseSite(site);
    expect(await world().centre.displace(site, ["u2"])).toEqual(new Set());
    expect(await drain(world())).toEqual(["u1", "u2"]);
  });
}

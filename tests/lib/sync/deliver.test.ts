import fc from "fast-check";
import { expect, test } from "vitest";
import type { Failure } from "@/lib/sync/core/failure";
import type { ClaimItem } from "@/lib/sync/core/plan";
import { deliver } from "@/lib/sync/deliver";
import type { Clock, SiteWriter, WriteResult } from "@/lib/sync/ports";

const clock: Clock = { now: () => 0, sleep: async () => undefined, random: () => 0 };

const world = { clock, displace: async () => new Set<string>() };

const site = (failures: number) => ({ removal: { kind: "delete" } as const, failures });

function items(count: number): ClaimItem[] {
  return Array.from({ length: count }, (_, n) => ({
    userId: `u${n}`,
    trigger: "change",
    attempt: 1,
    runId: null,
    written: false,
    user: {
      id: `u${n}`,
      clerk_user_id: `u${n}`,
      email: `u${n}@example.com`,
      full_name: null,
      role: "user",
      team: null,
      department: null,
      status: "active",
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
    },
  }));
}

/** A site that refuses any request holding one of the poisoned rows, as a database does. */
function siteRefusing(poison: ReadonlySet<string>, failure: Failure) {
  const seen = { requests: 0, rows: new Set<string>() };
  const write = async (ids: string[]): Promise<WriteResult> => {
    seen.requests++;
    if (ids.some((id) => poison.has(id))) return { kind: "failed", failure };
    for (const id of ids) seen.rows.add(id);
    return { kind: "answered", landed: new Set(ids), refused: new Map() };
  };
  const writer: SiteWriter = {
    upsert: (targets) => write(targets.map(({ userId }) => userId)),
    remove: (targets) => write(targets.map(({ userId }) => userId)),
  };
  return { seen, writer };
}

const refusal: Failure = { code: "value_refused", message: "No." };

test("one poisoned row in 1,000 is found in at most 21 requests and the other 999 land", async () => {
  for (const bad of [0, 499, 500, 999]) {
    const { seen, writer } = siteRefusing(new Set([`u${bad}`]), refusal);
    const { outcomes, siteFailure } = await deliver(writer, items(1_000), site(0), world);
    expect(seen.requests).toBeLessThanOrEqual(21);
    expect(seen.rows.size).toBe(999);
    expect(siteFailure).toBeNull();
    expect(outcomes.filter(({ kind }) => kind !== "upserted")).toEqual([
      {
        userId: `u${bad}`,
        kind: "failed",
        durationMs: 0,
        errorCode: "value_refused",
        error: "No.",
        retryIn: 5,
      },
    ]);
  }
});

test("whatever is poisoned, every user gets exactly one outcome and only the poisoned ones fail", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(59)), async (count, bad) => {
      const poison = new Set(bad.filter((n) => n < count).map((n) => `u${n}`));
      const { writer } = siteRefusing(poison, refusal);
      const { outcomes } = await deliver(writer, items(count), site(0), world);
      expect(outcomes.map(({ userId }) => userId).sort()).toEqual(
        items(count)
          .map(({ userId }) => userId)
          .sort(),
      );
      expect(new Set(outcomes.filter(({ kind }) => kind === "failed").map(({ userId }) => userId))).toEqual(
        poison,
      );
    }),
  );
});

test("a site failure returns everybody, tries nothing further and costs one request", async () => {
  const { seen, writer } = siteRefusing(new Set(["u0"]), { code: "unreachable", message: "Away." });
  const delivery = await deliver(writer, items(700), site(3), world);
  expect(seen.requests).toBe(1);
  expect(new Set(delivery.outcomes.map(({ kind }) => kind))).toEqual(new Set(["returned"]));
  expect(delivery.siteFailure).toEqual({
    health: "degraded",
    errorCode: "unreachable",
    error: "Away.",
    retryIn: 8,
  });
});

test("a row the answer does not name has not landed, although the request succeeded", async () => {
  const writer: SiteWriter = {
    upsert: async () => ({ kind: "answered", landed: new Set(["u0"]), refused: new Map() }),
    remove: async () => ({ kind: "answered", landed: new Set(), refused: new Map() }),
  };
  const { outcomes } = await deliver(writer, items(2), site(0), world);
  expect(outcomes).toMatchObject([
    { userId: "u0", kind: "upserted" },
    { userId: "u1", kind: "failed", errorCode: "not_landed" },
  ]);
});

test("a batch that is too large is halved, and said to have been", async () => {
  const sizes: number[] = [];
  const writer: SiteWriter = {
    upsert: async (targets) => {
      sizes.push(targets.length);
      return targets.length > 25
        ? { kind: "failed", failure: { code: "too_large", message: "Too much." } }
        : { kind: "answered", landed: new Set(targets.map(({ userId }) => userId)), refused: new Map() };
    },
    remove: async () => ({ kind: "answered", landed: new Set(), refused: new Map() }),
  };
  const delivery = await deliver(writer, items(100), site(0), world);
  expect(sizes).toEqual([100, 50, 25, 25, 50, 25, 25]);
  expect(delivery.tooLarge).toBe(true);
  expect(delivery.outcomes.every(({ kind }) => kind === "upserted")).toBe(true);
});

test("several rows of which none is stored mean that the table stores nothing, one row alone does not", async () => {
  const writer: SiteWriter = {
    upsert: async () => ({ kind: "answered", landed: new Set(), refused: new Map() }),
    remove: async () => ({ kind: "answered", landed: new Set(), refused: new Map() }),
  };
  expect((await deliver(writer, items(2), site(0), world)).siteFailure).toMatchObject({
    health: "blocked",
    errorCode: "not_permitted",
  });
  expect(await deliver(writer, items(1), site(0), world)).toMatchObject({
    siteFailure: null,
    outcomes: [{ kind: "failed", errorCode: "not_landed" }],
  });
});

test("of a batch that a site took in part, what landed stays landed and what was not tried is no attempt", async () => {
  const writer: SiteWriter = {
    upsert: async () => ({
      kind: "failed",
      failure: { code: "endpoint_gone", message: "Gone." },
      before: { landed: new Set(["u0"]), refused: new Map([["u1", refusal]]) },
      untried: new Set(["u3"]),
    }),
    remove: async () => ({ kind: "answered", landed: new Set(), refused: new Map() }),
  };
  const { outcomes, siteFailure } = await deliver(writer, items(4), site(0), world);
  expect(siteFailure).toMatchObject({ health: "blocked", errorCode: "endpoint_gone" });
  expect(Object.fromEntries(outcomes.map((outcome) => [outcome.userId, outcome]))).toMatchObject({
    u0: { kind: "upserted" },
    u1: { kind: "failed", errorCode: "value_refused" },
    u2: { kind: "returned", errorCode: "endpoint_gone" },
    u3: { userId: "u3", kind: "returned", durationMs: 0 },
  });
  expect(outcomes.find(({ userId }) => userId === "u3")).not.toHaveProperty("errorCode");
});

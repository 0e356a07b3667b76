import { expect, test } from "vitest";
import { type DrainOptions, drainSite } from "@/lib/sync/drain";
import type { Batch, Centre, LeasedSite, SiteWriter } from "@/lib/sync/ports";

const USERS = 3_000;
/** How long an answer is waited for, and how long the site takes for each row. */
const WAIT_MS = 15_000;
const ROW_MS = 12;

/** A site that needs longer for a large batch than anybody waits, and a centre with users for it. */
function slowSite() {
  const landed = new Set<string>();
  let now = 0;
  const upsert: SiteWriter["upsert"] = async (targets) => {
    now += Math.min(targets.length * ROW_MS, WAIT_MS);
    if (targets.length * ROW_MS > WAIT_MS)
      return { kind: "failed", failure: { code: "unreachable", message: "It does not answer in time." } };
    for (const { userId } of targets) landed.add(userId);
    return { kind: "answered", landed: new Set(targets.map(({ userId }) => userId)), refused: new Map() };
  };
  const claim = (most: number): Batch | { kind: "empty" } => {
    const items = Array.from({ length: USERS }, (_, n) => `u${n}`)
      .filter((id) => !landed.has(id))
      .slice(0, most)
      .map(waiting);
    return items.length === 0
      ? { kind: "empty" }
      : { kind: "batch", claimId: `${now}`, users: items.length, items };
  };
  const writer: SiteWriter = { upsert, remove: upsert };
  return { landed, now: () => now, claim, writer };
}

const waiting = (userId: string): Batch["items"][number] => ({
  userId,
  trigger: "full",
  attempt: 1,
  runId: null,
  written: true,
  user: {
    id: userId,
    clerk_user_id: userId,
    email: `${userId}@example.com`,
    full_name: null,
    role: "user",
    team: null,
    department: null,
    status: "active",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  },
});

test("a site that is too slow for a large batch gets smaller ones until everybody is there", async () => {
  const { landed, now, claim, writer } = slowSite();
  let failures = 0;
  const centre: Partial<Centre> = {
    // A page that is claimed ahead is not of what is on its way.
    claim: async (_, most) => claim(most),
    settle: async (_site, _claim, _outcomes, failure) => {
      failures = failure ? failures + 1 : 0;
      return true;
    },
    settleLast: async () => "more",
    releaseSite: async () => undefined,
    renewLease: async () => true,
    displace: async () => new Set(),
  };
  const options: DrainOptions = {
    centre: centre as Centre,
    openSite: async () => writer,
    clock: {
      now,
      sleep: (_, signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
      random: () => 0,
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    stopping: new AbortController().signal,
    aborting: new AbortController().signal,
    leaseSeconds: 1_000_000,
    batchSizes: new Map([["slow", { users: 2_000, isLimited: false }]]),
  };
  for (let drains = 0; landed.size < USERS && drains < 5; drains++) {
    await drainSite({ ...site, failures }, 0, options);
  }
  expect(landed.size).toBe(USERS);
});

const site: LeasedSite = {
  id: "slow",
  name: "slow",
  kind: "supabase",
  leaseId: "lease",
  url: "https://slow.example.com",
  credentials: "",
  previousCredentials: [],
  removal: { kind: "delete" },
  failures: 0,
  inspect: false,
  disconnecting: false,
};

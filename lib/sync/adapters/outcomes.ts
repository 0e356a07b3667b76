import type { Outcome, Outcomes } from "../ports";

/** The outcomes of a batch, user by user. */
export function eachOf(outcomes: Outcomes): Outcome[] {
  return "each" in outcomes ? outcomes.each() : [...outcomes];
}

type Shared = Omit<Outcome, "userId">;

/** Outcomes as `sync_settle` takes them: most users of a batch share everything but their id. */
export function groupOutcomes(outcomes: Outcomes): (Shared & { userIds: string[] })[] {
  const groups = new Map<string, Shared & { userIds: string[] }>();
  for (const { userId, ...shared } of eachOf(outcomes)) {
    const key = JSON.stringify(shared);
    const group = groups.get(key) ?? { ...shared, userIds: [] };
    group.userIds.push(userId);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The same by their number alone, when one request upserted everybody: the claim knows who that is. */
export function countOutcomes(outcomes: Outcomes): (Shared & { users: number }) | null {
  if ("each" in outcomes) return { users: outcomes.users, kind: "upserted", durationMs: outcomes.durationMs };
  const [first] = outcomes;
  if (first?.kind !== "upserted") return null;
  const { kind, durationMs } = first;
  const isAlike = outcomes.every((one) => one.kind === kind && one.durationMs === durationMs);
  return isAlike ? { users: outcomes.length, kind, durationMs } : null;
}

import type { Target } from "@/lib/sync/core/plan";

/** A user to be sent, `id` and what differs from the usual. */
export function target(userId: string, more: Partial<Omit<Target, "row">> = {}, name = "Ada"): Target {
  return {
    userId,
    attempt: 1,
    runId: null,
    row: {
      id: userId,
      clerk_user_id: userId,
      email: `${userId}@example.com`,
      full_name: name,
      role: "user",
      team: null,
      department: null,
      created_at: "2026-01-01T00:00:00+00:00",
      updated_at: "2026-01-01T00:00:00.123456+00:00",
    },
    ...more,
  };
}

/** So many of them: u0, u1, … */
export function targets(count: number): Target[] {
  return Array.from({ length: count }, (_, n) => target(`u${n}`));
}

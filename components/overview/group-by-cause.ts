import type { PairState } from "@/lib/runs/schema";

export interface Cause {
  key: string;
  status: "failed" | "retrying";
  error: string;
  advice: string | null;
  /** How many users it concerns. */
  users: number;
  sites: string[];
  /** When it was last seen. */
  latest: string | null;
}

/** Failing pairs by their error code, the most frequent cause first. */
export function groupByCause(states: PairState[]): Cause[] {
  const groups = Map.groupBy(states, ({ status, error_code }) => `${status} ${error_code ?? ""}`);
  return [...groups].map(([key, group]) => toCause(key, group)).sort((one, other) => other.users - one.users);
}

function toCause(key: string, group: PairState[]): Cause {
  const newest = group.reduce((best, state) =>
    (state.attempted_at ?? "") > (best.attempted_at ?? "") ? state : best,
  );
  return {
    key,
    status: newest.status === "retrying" ? "retrying" : "failed",
    error: newest.error ?? "The reason is not known.",
    advice: newest.advice,
    users: new Set(group.map(({ user_id }) => user_id)).size,
    sites: [...new Set(group.map(({ site }) => site))],
    latest: newest.attempted_at,
  };
}

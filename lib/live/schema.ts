import type { Overview } from "@/lib/runs/schema";

/** Marks that move when the lists they stand for may have changed. */
export interface Marks {
  users: number;
  log: number;
  states: number;
  runs: string | null;
  sites: string | null;
}

/** A message of `GET /api/events`: the first one at once, then one whenever anything changed. */
export interface Pulse {
  overview: Overview;
  marks: Marks;
}

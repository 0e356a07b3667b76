import type { Scene, Stage } from "@/tests/bench/stage";

/**
 * Fills the sites of a scene with the centre's users. `prepare` may do what a contender has done before it is asked; the
 * time counts from there until every user is at every site. Returns how many pairs that were.
 */
export interface Contender {
  /** Fewer users for one that is too slow to be given all of them. */
  users?: number;
  prepare?(scene: Scene, stage: Stage): Promise<void>;
  fill(scene: Scene, stage: Stage): Promise<void>;
  finish?(scene: Scene, stage: Stage): Promise<void>;
}

export const COLUMNS = [
  "id",
  "clerk_user_id",
  "email",
  "full_name",
  "role",
  "team",
  "department",
  "created_at",
  "updated_at",
] as const;

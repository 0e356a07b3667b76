import type { Failure } from "../core/failure";
import type { Target } from "../core/plan";
import { isPlaceholder } from "./supabase-conflicts";

export const NEWER: Failure = {
  code: "newer_at_site",
  message: "The site has a newer row of this user and kept it.",
};

/** Clocks of servers are apart by less; a late write of a worker with another clock must not pass for this. */
const CLOCKS_APART_MS = 60_000;

/**
 * Whether a newer row of a site is written over: when a person asked for this very user, and when nobody can have meant it,
 * since its time is still to come, or it has a placeholder of ours and was stamped by a trigger when it got that. A sync of
 * all is no such word: after a restored backup the newer rows may be the right ones, which `POST /api/sync/assert` asks.
 */
export function mayOutdo(
  { trigger }: Target,
  { updatedAt, values }: { updatedAt: unknown; values: readonly unknown[] },
): boolean {
  if (trigger === "manual" || values.some(isPlaceholder)) return true;
  return Date.parse(String(updatedAt)) > Date.now() + CLOCKS_APART_MS;
}

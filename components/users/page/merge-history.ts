import type { LogEntry } from "@/lib/runs/log-schema";
import type { UserChange } from "@/lib/users/history-schema";

/** Something that happened to a user: a change in the list, or an attempt to bring them to a site. */
export type HistoryEntry =
  | { kind: "change"; key: string; at: string; change: UserChange }
  | { kind: "attempt"; key: string; at: string; attempt: LogEntry };

/** A list as far as it is loaded, newest first. */
export interface Loaded<Item> {
  items: readonly Item[];
  /** There are older ones at the server. */
  more: boolean;
}

/**
 * Two histories as one, newest first, as far back as both are known: what is older than the end of a list that goes on
 * might have something before it.
 */
export function mergeHistory(changes: Loaded<UserChange>, attempts: Loaded<LogEntry>): HistoryEntry[] {
  const entries: HistoryEntry[] = [
    ...changes.items.map((change) => ({
      kind: "change" as const,
      key: `c${change.id}`,
      at: change.at,
      change,
    })),
    ...attempts.items.map((attempt) => ({
      kind: "attempt" as const,
      key: `a${attempt.id}`,
      at: attempt.created_at,
      attempt,
    })),
  ];
  const known = Math.max(
    endOf(changes, ({ at }) => at),
    endOf(attempts, ({ created_at }) => created_at),
  );
  return entries
    .filter(({ at }) => Date.parse(at) >= known)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** How far back a list is known, in milliseconds: for ever, when it does not go on. */
export function endOf<Item>({ items, more }: Loaded<Item>, at: (item: Item) => string): number {
  const last = items.at(-1);
  return more && last ? Date.parse(at(last)) : Number.NEGATIVE_INFINITY;
}

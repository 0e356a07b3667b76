import type { SealingKeyUse } from "@/lib/secrets/schema";

/**
 * A key that has sealed for longer is due to be replaced. NIST SP 800-57 part 1, 5.3.6, gives a key that encrypts data one
 * to two years of use: a longer time leaves more in the hands of whoever stole it, a shorter one costs the operator work.
 */
const DUE_DAYS = 365;
const DAY = 24 * 60 * 60 * 1000;

/** What is to be done about the keys, the gravest first. */
export type RotationState =
  | { kind: "missing"; keys: SealingKeyUse[] }
  | { kind: "unfinished"; sealed: number }
  | { kind: "removable"; keys: SealingKeyUse[] }
  | { kind: "due"; since: string }
  | { kind: "fine" };

/** Where the keys stand, at a time in milliseconds. */
export function rotationState(keys: readonly SealingKeyUse[], now: number): RotationState {
  const missing = keys.filter(({ configured }) => !configured);
  if (missing.length > 0) return { kind: "missing", keys: missing };
  const older = keys.filter(({ current }) => !current);
  const sealed = older.reduce((sum, key) => sum + key.sealed, 0);
  if (sealed > 0) return { kind: "unfinished", sealed };
  if (older.length > 0) return { kind: "removable", keys: older };
  const since = keys.find(({ current }) => current)?.since;
  return since && now - new Date(since).getTime() > DUE_DAYS * DAY
    ? { kind: "due", since }
    : { kind: "fine" };
}

/** Long enough before the end to put another key into a script without haste. */
const SOON_MS = 14 * 86_400_000;

/** How near a key's end is at `now`, in milliseconds since 1970. */
export function expiryOf(expiresAt: string, now: number): "over" | "soon" | "later" {
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return "over";
  return left < SOON_MS ? "soon" : "later";
}

/** Seconds until a user's next attempt, after the first, second, … failure: minutes first, then a quarter of a day. */
const USER_DELAYS = [5, 30, 120, 600, 1_800, 7_200];
const LAST_USER_DELAY = 6 * 3_600;
/** Attempts at the last delay: 3 days at 6 hours. Then only a person or a change starts it again. */
const LAST_DELAY_ATTEMPTS = 12;

/** Seconds to wait after a user's `attempt`-th failure (from 1); undefined when it is given up. */
export function userDelaySeconds(attempt: number): number | undefined {
  if (attempt > USER_DELAYS.length + LAST_DELAY_ATTEMPTS) return undefined;
  return USER_DELAYS[attempt - 1] ?? LAST_USER_DELAY;
}

const FIRST_SITE_DELAY = 1;
const LONGEST_SITE_DELAY = 15 * 60;
/** A site's own wish is followed, but not for longer than a day. */
const LONGEST_WISH = 24 * 3_600;

/**
 * Seconds to wait after a site's `failures`-th failure in a row (from 1): doubling from 1 s to 15 min, less up to
 * half by `random` (0 to 1) so that sites that fell together do not come back together. What the site asked for
 * with Retry-After goes first.
 */
export function siteDelaySeconds(failures: number, random: number, retryAfterSeconds?: number): number {
  if (retryAfterSeconds !== undefined) return Math.min(retryAfterSeconds, LONGEST_WISH);
  const full = Math.min(FIRST_SITE_DELAY * 2 ** (failures - 1), LONGEST_SITE_DELAY);
  return Math.max(FIRST_SITE_DELAY, full * (1 - random / 2));
}

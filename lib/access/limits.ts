import { hashSecret } from "@/lib/access/api-key";
import { networkOf } from "@/lib/access/client-address";
import type { Centre } from "@/lib/centre";
import { dataOf } from "@/lib/centre";
import { AppError } from "@/lib/errors";

/** How many requests a bucket takes in so many seconds. The database counts them, for all servers together. */
export interface Limit {
  bucket: string;
  allowed: number;
  seconds: number;
}

const QUARTER_HOUR = 900;

/**
 * Failed sign-ins of one account, from wherever. Higher lets a password list be tried faster than 960 a day; lower locks
 * out people who mistype, and lets others lock them out more easily (OWASP ASVS 5.0, 6.3.1).
 */
const SIGN_INS_PER_ACCOUNT = 10;

/** Failed sign-ins from one address, for whatever accounts: an office behind one address is above 10, an attack above 50. */
const SIGN_INS_PER_ADDRESS = 50;

/** Each test makes this server send requests elsewhere: a person clicks a few a minute, a port scanner would like more. */
export const CONNECTION_TESTS: Limit = { bucket: "connection-test", allowed: 30, seconds: 60 };

/** Scripts make 20 edits a second and poll beside that; at 100 a second one key begins to slow the others down. */
export const KEY_REQUESTS: Limit = { bucket: "requests", allowed: 6_000, seconds: 60 };

/** The limits of trying a password or a one-time link. */
function signInLimits(email: string, address: string | null): Limit[] {
  // Hashed: anybody can send any text as an e-mail address.
  const account = hashSecret(email.trim().toLowerCase()).slice(0, 32);
  return [
    { bucket: `sign-in:account:${account}`, allowed: SIGN_INS_PER_ACCOUNT, seconds: QUARTER_HOUR },
    { bucket: `sign-in:address:${networkOf(address)}`, allowed: SIGN_INS_PER_ADDRESS, seconds: QUARTER_HOUR },
  ];
}

/**
 * Counts an attempt to sign in before it is made, so that attempts at once are all counted. Answers how to take it back
 * when it succeeds, for only failures are limited. Throws `rate_limited`.
 */
export async function countSignIn(
  centre: Centre,
  attempt: { email: string; address: string | null },
): Promise<() => Promise<void>> {
  const limits = signInLimits(attempt.email, attempt.address);
  refuseAbove(dataOf(await centre.rpc("rate_limits_hit", { limits })));
  return async () => {
    dataOf(await centre.rpc("rate_limits_forgive", { buckets: limits.map(({ bucket }) => bucket) }));
  };
}

/** Throws `rate_limited` when there are seconds to wait. */
export function refuseAbove(seconds: number): void {
  if (seconds <= 0) return;
  throw new AppError("rate_limited", `Too many requests. Try again in ${waitText(seconds)}.`, {
    retryAfterSeconds: seconds,
  });
}

function waitText(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "a second" : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}

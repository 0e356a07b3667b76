import { createHash } from "node:crypto";
import type { AuthError, SupabaseClient } from "@supabase/supabase-js";
import { z } from "zod";
import { type CentreSettings, fetchInTime } from "@/lib/centre";
import { AppError } from "@/lib/errors";

/** An account of Supabase Auth that a token was issued to. It need not be a member. */
export interface Account {
  id: string;
  email: string;
  /** The session that the token belongs to. */
  sessionId: string | null;
  /** ISO time at which the account signed in, or at the latest when the token was issued. */
  issuedAt: string;
}

// Of a user's token: https://supabase.com/docs/guides/auth/jwt-fields. A key's token has no `sub`.
const claimsShape = z.object({
  sub: z.uuid(),
  role: z.literal("authenticated"),
  email: z.string().optional(),
  session_id: z.uuid().optional(),
  iat: z.number(),
  exp: z.number(),
  amr: z.array(z.union([z.string(), z.object({ timestamp: z.number() })])).default([]),
});

/** Verified tokens that are remembered, at some 300 bytes each: above, the oldest is asked about again. */
const MOST_REMEMBERED = 10_000;
const remembered = new Map<string, { account: Account; expiresAt: number }>();

/**
 * The account that an access token was issued to, or null for a token that is not valid. Verified by the project's
 * public keys, or by Auth itself where they are shared secrets; then remembered, by its hash, until it expires.
 * Whether the account is a member, or was signed out, is for the database to say each time.
 */
export async function verifyToken(
  token: string,
  { auth }: Pick<SupabaseClient, "auth">,
): Promise<Account | null> {
  const name = createHash("sha256").update(token).digest("base64");
  const known = remembered.get(name);
  if (known && known.expiresAt > Date.now()) return known.account;
  const { data, error } = await auth.getClaims(token);
  if (error) refuseUnlessInvalid(error);
  const claims = claimsShape.safeParse(data?.claims).data;
  if (!claims) return null;
  const account = accountOf(claims);
  if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
  remembered.set(name, { account, expiresAt: claims.exp * 1000 });
  return account;
}

// A token that is refreshed gets another `iat`, but says in `amr` when the person proved who they are.
function accountOf({ sub, email, session_id, iat, amr }: z.infer<typeof claimsShape>): Account {
  const proofs = amr.flatMap((method) => (typeof method === "string" ? [] : [method.timestamp]));
  return {
    id: sub,
    email: email || sub,
    sessionId: session_id ?? null,
    issuedAt: new Date(Math.min(iat, ...proofs) * 1000).toISOString(),
  };
}

const tokensShape = z.object({ access_token: z.string(), refresh_token: z.string() });

/**
 * Exchanges a refresh token for new tokens; null when it is not valid any more. Not left to supabase-js, which would try
 * for half a minute while Auth is away, with somebody waiting. Throws `centre_unavailable` and `rate_limited`.
 */
export async function renewTokens(
  { supabaseUrl, supabaseSecretKey }: CentreSettings,
  headers: Record<string, string>,
  refreshToken: string,
): Promise<z.infer<typeof tokensShape> | null> {
  const response = await fetchInTime(`${supabaseUrl}/auth/v1/token?grant_type=refresh_token`, {
    method: "POST",
    headers: { ...headers, apikey: supabaseSecretKey, "content-type": "application/json" },
    body: JSON.stringify({ refresh_token: refreshToken }),
  }).catch((cause: unknown) => {
    throw away(cause);
  });
  refuseStatus(response.status);
  return tokensShape.safeParse(await response.json().catch(() => null)).data ?? null;
}

/** Throws `centre_unavailable` or `rate_limited` for an error that says nothing about the credentials. */
export function refuseUnlessInvalid(error: AuthError): void {
  if (error.name === "AuthRetryableFetchError") throw away(error);
  refuseStatus(error.status, error);
}

function refuseStatus(status: number | undefined, cause?: unknown): void {
  if (status !== undefined && status >= 500) throw away(cause);
  if (status !== 429) return;
  throw new AppError("rate_limited", "Supabase Auth is asked too often. Try again in a minute.", {
    retryAfterSeconds: 60,
    cause,
  });
}

function away(cause: unknown): AppError {
  return new AppError("centre_unavailable", "Supabase Auth does not answer. Try again in a moment.", {
    cause,
  });
}

import { setTimeout as sleep } from "node:timers/promises";
import type { MemberActor } from "@/lib/access/actor";
import { findMember } from "@/lib/access/authorize";
import { countSignIn } from "@/lib/access/limits";
import type { SignedIn as Outcome } from "@/lib/access/session";
import type { Account } from "@/lib/access/tokens";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Session, SignedIn, SignInInput } from "@/lib/session/schema";

/** Who is signed in. */
export function getSession(ctx: Context): Session {
  const { id, name, role } = ctx.actor as MemberActor; // `access: "member"` lets nobody else in
  return { id, email: name, role };
}

/**
 * Signs in, also somebody who is not a member, yet or any more. Throws `unauthorized` and `rate_limited`, which holds for
 * the account from wherever it is tried, and for the address whatever account it tries.
 */
export async function signIn(ctx: Context, credentials: SignInInput): Promise<SignedIn> {
  const forgive = await countSignIn(ctx.centre, { email: credentials.email, address: ctx.address });
  const attempt = async () => findMember(ctx.centre, accountOf(await ctx.session.signIn(credentials)));
  let found = await attempt();
  await forgive();
  if (found.state === "ended") {
    // Tokens tell time in whole seconds: one made in the very second of a sign-out everywhere might be from before it.
    await sleep(A_SECOND_MS);
    found = await attempt();
  }
  if (found.state !== "ended") return { member: found.state === "member" };
  ctx.session.forget();
  throw new AppError("unauthorized", "This account cannot be signed in to. Try again in a moment.");
}

const A_SECOND_MS = 1_000;

function accountOf(outcome: Outcome): Account {
  if (outcome.account) return outcome.account;
  const unconfirmed = outcome.error?.code === "email_not_confirmed";
  throw new AppError(
    "unauthorized",
    unconfirmed
      ? "Confirm your e-mail address first: open the link in the mail you were sent."
      : "The e-mail address or the password is wrong.",
  );
}

/**
 * Signs out, here or everywhere. The database refuses the session's tokens from now on, whatever Supabase Auth does,
 * and the cookies go.
 */
export async function signOut(
  ctx: Context,
  { everywhere }: { everywhere: "true" | "false" },
): Promise<Response> {
  const all = everywhere === "true";
  try {
    const account = await ctx.session.account();
    if (account) {
      dataOf(await ctx.centre.rpc("sign_out", { id: all ? account.id : (account.sessionId ?? account.id) }));
      const error = await ctx.session.signOut({ everywhere: all });
      if (error) ctx.log.warn({ code: error.code }, "Supabase Auth did not end a session");
    }
  } finally {
    ctx.session.forget();
  }
  return new Response(null, { status: 204 });
}

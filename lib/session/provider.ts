import { findMember } from "@/lib/access/authorize";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import { nextPath, signInPath } from "@/lib/session/next-path";
import { getSignInOptions } from "@/lib/session/options";

/** Keeps where to go after the provider's page, which gives nothing back but its own. */
const NEXT_COOKIE = "roster-next";
/** A sign-in that takes longer than this ends at the overview. */
const NEXT_SECONDS = 600;

/** Sends the browser to a provider's page, with PKCE. Throws `not_found` for one that is not switched on. */
export async function startProvider(
  ctx: Context,
  { provider, next }: { provider: string; next?: string | undefined },
): Promise<Response> {
  const { providers } = await getSignInOptions(ctx);
  const url = providers.includes(provider)
    ? await ctx.session.startProvider(provider, `${ctx.origin}/auth/callback`)
    : null;
  if (url === null) throw new AppError("not_found", "This way to sign in is not switched on.");
  if (next !== undefined) ctx.session.setCookie(NEXT_COOKIE, nextPath(next), NEXT_SECONDS);
  return redirect(url);
}

/** Where the provider sends the browser back to: signs in, and goes where it was meant to go. */
export async function finishProvider(
  ctx: Context,
  { code, sb_flow_id }: { code?: string | undefined; sb_flow_id?: string | undefined },
): Promise<Response> {
  const next = nextPath(ctx.session.readCookie(NEXT_COOKIE));
  ctx.session.setCookie(NEXT_COOKIE, "", 0);
  const outcome = code === undefined ? null : await ctx.session.finishProvider(code, sb_flow_id);
  if (!outcome?.account) return redirect("/sign-in?error=provider");
  // An invitation is what makes a member of a stranger.
  if (next.startsWith("/invite?") || next.startsWith("/setup?")) return redirect(next);
  const found = await findMember(ctx.centre, outcome.account);
  return redirect(found.state === "member" ? next : "/sign-in?error=not-a-member");
}

/**
 * Renews a session for a page, which cannot do it itself because pages cannot set cookies, and goes back there; or to
 * the sign-in page when there is nothing to renew.
 */
export async function renewSession(ctx: Context, { next }: { next?: string | undefined }): Promise<Response> {
  const path = nextPath(next);
  const account = await ctx.session.account();
  if (!account) ctx.session.forget();
  return redirect(account ? path : signInPath(path));
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

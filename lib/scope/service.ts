import { refuseKeyWithout } from "@/lib/access/authorize";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import { reasonFor } from "@/lib/scope/reason";
import type { ScopeInput, ScopePreview, ScopeSaved, SiteScope, Why } from "@/lib/scope/schema";
import { getSite, refuseWhileDisconnecting, unknownSite } from "@/lib/sites/service";
import { wordsOf } from "@/lib/sync/core/scope";

/** Which users a site gets. Throws `not_found`. */
export async function getScope(ctx: Context, { id }: { id: string }): Promise<SiteScope> {
  const row = await ctx.centre
    .from("connected_sites")
    .select("scope")
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  return dataOf(row) ?? unknownSite();
}

/**
 * Sets which users a site gets, and brings it in line: who is outside is removed there. Throws `not_found`, and `conflict`
 * for a site that is being disconnected.
 */
export async function setScope(
  ctx: Context,
  { id, scope }: ScopeInput & { id: string },
): Promise<ScopeSaved> {
  refuseWhileDisconnecting(await getSite(ctx, { id }));
  const saved = dataOf(await ctx.centre.rpc("site_set_scope", { site_id: id, scope }));
  if (!saved.found) unknownSite();
  ctx.wake();
  return { scope, runId: saved.runId ?? null };
}

/** What a scope would mean at a site. Throws `not_found`, and `forbidden` for a key that may not read users. */
export async function previewScope(
  ctx: Context,
  { id, scope }: ScopeInput & { id: string },
): Promise<ScopePreview> {
  refuseKeyWithout(ctx.actor, "users:read", "a preview shows users");
  return dataOf(await ctx.centre.rpc("scope_preview", { site_id: id, scope })) ?? unknownSite();
}

/** Why a user is at a site or not. Throws `not_found` for either. */
export async function explainPair(
  ctx: Context,
  { id, userId }: { id: string; userId: string },
): Promise<Why> {
  const found = dataOf(await ctx.centre.rpc("pair_why", { site_id: id, user_id: userId }));
  if (!found) throw new AppError("not_found", "No user has this userId, or no connected site this id.");
  const rules = found.rules.map(({ rule, passed, depth }) => ({ rule: wordsOf(rule), passed, depth }));
  return { inScope: found.inScope, rules, status: found.status, reason: reasonFor(found) };
}

import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { givenMoment } from "@/lib/http/time";
import { pageOf, readCursor } from "@/lib/paging";
import { credentialsMissing } from "@/lib/sites/open-stored";
import { unknownSite } from "@/lib/sites/service";
import { adviceFor } from "@/lib/sync/core/failure";
import { FINDING_KINDS } from "@/lib/verify/finding-kinds";
import type {
  CentreVerification,
  FindingsQuery,
  ListVerificationsQuery,
  RepairInput,
  RepairStarted,
  SiteVerify,
  Verification,
  VerificationDetail,
  VerifyInput,
  VerifySettingsInput,
  VerifyStarted,
} from "@/lib/verify/schema";

type OfSite = { id: string };
type OfVerification = OfSite & { verificationId: string };

/**
 * Has a site compared with the list; one that is being compared already goes on. Throws `not_found`, `conflict` for a
 * paused site and an HTTP endpoint, and `credentials_missing`.
 */
export async function startVerification(
  ctx: Context,
  { id, repair }: VerifyInput & OfSite,
): Promise<VerifyStarted> {
  const answer = dataOf(await ctx.centre.rpc("request_verify", { site_id: id, repair }));
  if ("problem" in answer) throw cannotVerify(answer.problem);
  ctx.wake();
  return answer;
}

type Unverifiable = "unknown" | "webhook" | "credentials" | "paused" | "disconnecting";

function cannotVerify(problem: Unverifiable): AppError {
  switch (problem) {
    case "unknown":
      return unknownSite();
    case "webhook":
      return new AppError("conflict", "An HTTP endpoint cannot be read, so there is nothing to compare.");
    case "credentials":
      return credentialsMissing();
    case "paused":
      return new AppError("conflict", "A paused site is left alone; resume it first.");
    case "disconnecting":
      return new AppError("conflict", "This site is being disconnected. Cancel that first.");
  }
}

/** How often a site is compared, and what came of it last. Throws `not_found`. */
export async function getSiteVerify(ctx: Context, { id }: OfSite): Promise<SiteVerify> {
  const read = dataOf(await ctx.centre.rpc("site_verify_read", { site_id: id })) ?? unknownSite();
  return { ...read, last: read.last && withAdvice(read.last) };
}

/** Sets how often a site is compared, and what about differences. Throws `not_found`, and `conflict` for an HTTP endpoint. */
export async function setSiteVerify(
  ctx: Context,
  { id, everyMinutes, onDrift }: VerifySettingsInput & OfSite,
): Promise<SiteVerify> {
  const args = { site_id: id, every_minutes: everyMinutes, on_drift: onDrift };
  const outcome = dataOf(await ctx.centre.rpc("site_verify_set", args));
  if (outcome !== "set") throw cannotVerify(outcome);
  return await getSiteVerify(ctx, { id });
}

/** Comparisons of a site, newest first. */
export async function listVerifications(
  ctx: Context,
  { id, cursor, limit }: ListVerificationsQuery & OfSite,
): Promise<Page<Verification>> {
  const after = readCursor(cursor, z.tuple([givenMoment]));
  const args = { site_id: id, before: after?.[0] ?? null, most: limit + 1 };
  const rows = dataOf(await ctx.centre.rpc("verification_list", args));
  return pageOf(rows.map(withAdvice), limit, ({ startedAt }) => [startedAt]);
}

/** A comparison and a page of what it found, by kind and id. Throws `not_found`. */
export async function getVerification(
  ctx: Context,
  { id, verificationId, kind, cursor, limit }: FindingsQuery & OfVerification,
): Promise<VerificationDetail> {
  const after = readCursor(cursor, z.tuple([z.enum(FINDING_KINDS), z.string()]));
  const answer = await ctx.centre.rpc("verification_read", {
    site_id: id,
    verification_id: verificationId,
    only_kind: kind ?? null,
    after_kind: after?.[0] ?? null,
    after_user: after?.[1] ?? null,
    most: limit + 1,
  });
  const { items, ...counts } = dataOf(answer) ?? unknownVerification();
  return { ...withAdvice(counts), ...pageOf(items, limit, (item) => [item.kind, item.userId]) };
}

/** Rows of one call: far below the 8 s statement timeout. */
const REPAIR_PAGE = 5_000;

/**
 * Puts right what a comparison found: rows of a kind, all or those named. Extra rows are removed as the site removes
 * users who leave. Throws `not_found`, and `conflict` when the comparison is no longer the site's present state or when
 * the site keeps rows. Safe to repeat when it was interrupted.
 */
export async function repairFindings(
  ctx: Context,
  { id, verificationId, kind, userIds }: RepairInput & OfVerification,
): Promise<RepairStarted> {
  let pairs = 0;
  for (let first = true; ; first = false) {
    const answer = await ctx.centre.rpc("request_verify_repair", {
      site_id: id,
      verification_id: verificationId,
      kind,
      users: userIds ?? null,
      most: REPAIR_PAGE,
      first,
    });
    const page = dataOf(answer);
    if ("problem" in page) throw cannotRepair(page.problem);
    pairs += page.pairs;
    ctx.wake();
    if (!page.more || ctx.signal.aborted) return { pairs };
  }
}

function cannotRepair(problem: "unknown" | "outdated" | "kept"): AppError {
  switch (problem) {
    case "unknown":
      return unknownVerification();
    case "outdated":
      return new AppError("conflict", "What was found is too old to act on. Verify the site again first.");
    case "kept":
      return new AppError(
        "conflict",
        "This site keeps the rows of users who leave, so Roster removes none. Change that under “When a user leaves…” first.",
      );
  }
}

function unknownVerification(): never {
  throw new AppError("not_found", "This site has no verification with this id.");
}

function withAdvice(row: CentreVerification): Verification {
  return { ...row, advice: adviceFor(row.errorCode) };
}

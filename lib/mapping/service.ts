import { refuseKeyWithout } from "@/lib/access/authorize";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { arrivalsOf, problemsOf, warningsOf } from "@/lib/mapping/check";
import type {
  ColumnsQuery,
  MappingInput,
  MappingPreview,
  MappingSaved,
  SiteColumns,
  SiteMapping,
} from "@/lib/mapping/schema";
import { describeTable } from "@/lib/mapping/site-table";
import { tryRow } from "@/lib/mapping/try-row";
import { credentialsMissing, openStored } from "@/lib/sites/open-stored";
import type { ProbedSite } from "@/lib/sites/probe";
import { removalColumn } from "@/lib/sites/removal";
import { getSite, refuseWhileDisconnecting, unknownSite } from "@/lib/sites/service";
import { storedCredentials } from "@/lib/sites/stored-credentials";
import type { Mapping } from "@/lib/sync/core/mapping";
import { redactor } from "@/lib/sync/core/redact";

// An admin waits for this. A healthy project answers the four or five calls in a second.
const TIMEOUT_MS = 10_000;
const SAMPLE = 10;

/** How a site's users are written. Throws `not_found`. */
export async function getMapping(ctx: Context, { id }: { id: string }): Promise<SiteMapping> {
  const { mapping, removal_policy, removal_column } = await readRow(ctx, id);
  return { mapping, removalPolicy: removal_policy, removalColumn: removal_column };
}

/**
 * Sets how a site's users are written and sends everybody there. What the site's table cannot take is refused first, by
 * reading its columns and by writing a row that is removed again. Throws `not_found`, `credentials_missing`,
 * `credentials_unreadable`, `validation_failed`, and `conflict` when the site cannot be asked.
 */
export async function setMapping(
  ctx: Context,
  { id, ...given }: MappingInput & { id: string },
): Promise<MappingSaved> {
  const column = await checkMapping(ctx, { id, ...given });
  const saved = dataOf(
    await ctx.centre.rpc("site_set_mapping", {
      site_id: id,
      mapping: given.mapping,
      policy: given.removalPolicy,
      deactivate_column: column,
    }),
  );
  if (!saved.found) unknownSite();
  ctx.wake();
  return { ...(await getMapping(ctx, { id })), runId: saved.runId ?? null };
}

/** The column that the removal policy of a mapping writes; throws what is wrong with the mapping, as `setMapping`. */
export async function checkMapping(
  ctx: Context,
  { id, ...given }: MappingInput & { id: string },
): Promise<string | null> {
  const site = await readRow(ctx, id);
  refuseWhileDisconnecting(site);
  if (site.kind === "webhook")
    throw invalid([
      { path: "mapping", message: "An HTTP endpoint gets every field and stores what it likes." },
    ]);
  return given.mapping
    ? await checkedRemovalColumn(ctx, id, given, given.mapping)
    : await removalColumn(ctx, site, given.removalPolicy);
}

async function checkedRemovalColumn(ctx: Context, id: string, given: MappingInput, mapping: Mapping) {
  const input = { ...given, mapping };
  const site = await openSite(ctx, id);
  const signal = within(ctx);
  const table = await readTable(site, mapping, signal);
  const problems = problemsOf(input, table);
  const users = await sampleOf(ctx, id);
  if (problems.length === 0) problems.push(...(await tryRow(site, input, users[0], signal)));
  const redact = redactor([site.supabaseKey]);
  if (problems.length > 0)
    throw invalid(problems.map(({ path, message }) => ({ path, message: redact(message) })));
  return given.removalColumn;
}

/**
 * What is wrong with a mapping, and ten users as they would arrive by it. Nothing is written. Throws as `setMapping`, and
 * `forbidden` for a key that may not read users.
 */
export async function previewMapping(
  ctx: Context,
  { id, ...given }: MappingInput & { id: string },
): Promise<MappingPreview> {
  refuseKeyWithout(ctx.actor, "users:read", "a preview shows users");
  const users = await sampleOf(ctx, id);
  if (!given.mapping) return { problems: [], warnings: [], arrivals: [] };
  const input = { ...given, mapping: given.mapping };
  const site = await openSite(ctx, id);
  const table = await readTable(site, input.mapping, within(ctx));
  const arrivals = arrivalsOf(input, table, users);
  return { problems: problemsOf(input, table), warnings: warningsOf(input, arrivals), arrivals };
}

/** Tables and columns of a site. Throws `not_found`, `credentials_missing`, `credentials_unreadable` and `conflict`. */
export async function listColumns(
  ctx: Context,
  { id, ...place }: ColumnsQuery & { id: string },
): Promise<SiteColumns> {
  return await readTable(await openSite(ctx, id), place, within(ctx));
}

function within(ctx: Context): AbortSignal {
  return AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT_MS)]);
}

async function sampleOf(ctx: Context, id: string) {
  const users = dataOf(await ctx.centre.rpc("site_sample", { site_id: id, max_users: SAMPLE }));
  return users ?? unknownSite();
}

async function readTable(
  site: ProbedSite,
  place: { schema: string; table?: string | undefined },
  signal: AbortSignal,
) {
  const described = await describeTable(site, place, signal);
  if (described.kind === "described") return described.columns;
  throw new AppError("conflict", redactor([site.supabaseKey])(described.failure.message));
}

async function openSite(ctx: Context, id: string): Promise<ProbedSite> {
  const { kind } = await getSite(ctx, { id });
  const stored = await storedCredentials(ctx, id);
  if (kind === "webhook") throw invalid([{ path: "", message: "An HTTP endpoint has no table to be read." }]);
  if (!stored) throw credentialsMissing();
  const supabaseKey = await openStored(ctx, { id, kind, url: stored.url }, stored.sealed);
  return { supabaseUrl: stored.url, supabaseKey, outgoing: ctx.outgoing };
}

async function readRow(ctx: Context, id: string) {
  const row = await ctx.centre
    .from("connected_sites")
    .select("id,kind,status,endpoint_url,credentials_sealed,mapping,removal_policy,removal_column")
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  return dataOf(row) ?? unknownSite();
}

import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { CREDENTIALS_MISSING, openStored } from "@/lib/sites/open-stored";
import { type Asked, ask, type ProbedSite } from "@/lib/sites/probe";
import { ROW_FIELDS, type RowField } from "@/lib/sites/row-fields";
import type { Site } from "@/lib/sites/schema";
import { getSite } from "@/lib/sites/service";
import type { SiteUser, SiteUserRow } from "@/lib/sites/site-user-schema";
import { storedCredentials } from "@/lib/sites/stored-credentials";
import { adviceFor } from "@/lib/sync/core/failure";
import { type Redact, redactor } from "@/lib/sync/core/redact";
import type { User } from "@/lib/users/schema";

// A person looks at a panel meanwhile; a healthy site answers in a tenth of a second.
const TIMEOUT_MS = 8_000;

/** Longer values are cut: a site may hold anything in its columns. */
const LONGEST_VALUE = 500;

type There = SiteUser["there"];

/**
 * A user's row in the list and what the site has of them now, read with the saved credentials. What the site does
 * instead of answering is told in `there`. Throws `not_found` for an unknown site, and `credentials_unreadable`.
 */
export async function readSiteUser(
  ctx: Context,
  { id, userId }: { id: string; userId: string },
): Promise<SiteUser> {
  const [site, user] = await Promise.all([getSite(ctx, { id }), findUser(ctx, userId)]);
  const here = user && { ...pick(user), status: user.status };
  const there = await readThere(ctx, site, { userId, user });
  return { siteId: site.id, userId, here, there, readAt: new Date().toISOString() };
}

async function findUser(ctx: Context, userId: string): Promise<User | null> {
  return dataOf(await ctx.centre.from("user_profiles").select("*").eq("id", userId).maybeSingle());
}

interface Wanted {
  userId: string;
  user: User | null;
}

async function readThere(ctx: Context, site: Site, wanted: Wanted): Promise<There> {
  if (site.kind === "webhook") {
    const error = "This site is an HTTP endpoint: it is told about users and cannot be asked for them.";
    return {
      kind: "unreadable",
      error,
      advice: "To see what it made of this user, look in the site itself.",
    };
  }
  const stored = await storedCredentials(ctx, site.id);
  if (!stored) {
    return { kind: "unreadable", error: CREDENTIALS_MISSING, advice: adviceFor("credentials_missing") };
  }
  const supabaseKey = await openStored(ctx, { ...site, url: stored.url }, stored.sealed);
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const probed = { supabaseUrl: stored.url, supabaseKey, outgoing: ctx.outgoing };
  return await askFor(probed, signal, wanted);
}

async function askFor(site: ProbedSite, signal: AbortSignal, { userId, user }: Wanted): Promise<There> {
  const redact = redactor([site.supabaseKey]);
  const byId = await askBy(site, signal, "id", userId);
  if (byId.kind === "failure") return unreadable(byId, redact);
  const [found] = byId.rows;
  if (found) {
    const row = readRow(found, redact);
    return { kind: "row", row, differs: user ? differences(pick(user), row) : [] };
  }
  // Another row with this address is why a user is refused, so it is what people look for.
  const byEmail = user ? await askBy(site, signal, "email", user.email) : null;
  if (byEmail?.kind === "failure") return unreadable(byEmail, redact);
  const [other] = byEmail?.rows ?? [];
  return other ? { kind: "other", row: readRow(other, redact) } : { kind: "none" };
}

function askBy(site: ProbedSite, signal: AbortSignal, column: "id" | "email", value: string): Promise<Asked> {
  return ask(site, signal, (table) => table.select(ROW_FIELDS.join(",")).eq(column, value).limit(1));
}

function unreadable({ failure }: Asked & { kind: "failure" }, redact: Redact): There {
  return { kind: "unreadable", error: redact(failure.message), advice: adviceFor(failure.code) };
}

function pick(user: User): SiteUserRow {
  return mapFields((field) => user[field]);
}

function readRow(row: Record<string, unknown>, redact: Redact): SiteUserRow {
  return mapFields((field) => {
    const value = row[field] ?? null;
    if (value === null) return null;
    return redact((typeof value === "string" ? value : JSON.stringify(value)).slice(0, LONGEST_VALUE));
  });
}

function mapFields(read: (field: RowField) => string | null): SiteUserRow {
  return Object.fromEntries(ROW_FIELDS.map((field) => [field, read(field)])) as SiteUserRow;
}

function differences(here: SiteUserRow, there: SiteUserRow): RowField[] {
  return ROW_FIELDS.filter((field) => !isSame(field, here[field], there[field]));
}

/** Times are the same when they are the same moment, however they are written. */
function isSame(field: RowField, here: string | null, there: string | null): boolean {
  if (here === there) return true;
  if (!field.endsWith("_at") || here === null || there === null) return false;
  return new Date(here).getTime() === new Date(there).getTime();
}

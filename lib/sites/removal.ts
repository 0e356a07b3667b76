import type { SiteRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { ACTIVE_COLUMNS, ADD_ACTIVE_COLUMN } from "@/lib/sites/active-column";
import { credentialsMissing, openStored } from "@/lib/sites/open-stored";
import { ask, type ProbedSite } from "@/lib/sites/probe";
import type { RemovalPolicy } from "@/lib/sites/schema";
import { redactor } from "@/lib/sync/core/redact";

// An admin waits for this. A healthy project answers the three calls in a second.
const TIMEOUT_MS = 10_000;

type Row = Pick<
  SiteRow,
  "id" | "kind" | "endpoint_url" | "credentials_sealed" | "mapping" | "removal_column"
>;

/**
 * The site's column that a removal policy needs: null unless it deactivates. Looks for it at the site. Throws
 * `validation_failed` when there is none or the site is a webhook, `credentials_missing`, and `conflict` when the
 * site cannot be asked.
 */
export async function removalColumn(ctx: Context, site: Row, policy: RemovalPolicy): Promise<string | null> {
  if (site.kind === "webhook") {
    throw refused("An HTTP endpoint is sent user.removed and decides by itself what to do about it.");
  }
  if (policy !== "deactivate") return null;
  if (site.mapping) {
    return (
      site.removal_column ?? refuse("This site has a table of its own: choose the column in its mapping.")
    );
  }
  const { endpoint_url: supabaseUrl, credentials_sealed: sealed } = site;
  if (!supabaseUrl || !sealed) {
    throw credentialsMissing();
  }
  const supabaseKey = await openStored(ctx, { ...site, url: supabaseUrl }, sealed);
  const probed = { supabaseUrl, supabaseKey, outgoing: ctx.outgoing };
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  for (const column of ACTIVE_COLUMNS) {
    if (await isBoolean(probed, column, signal)) return column;
  }
  throw refused(
    "The site's user_profiles has no column that says whether somebody is active. Run this in its SQL Editor, then " +
      `save again: ${ADD_ACTIVE_COLUMN}`,
  );
}

/** SQLSTATE of an operator for booleans on another type of column. */
const WRONG_TYPE = "42804";

async function isBoolean(site: ProbedSite, column: string, signal: AbortSignal): Promise<boolean> {
  // "is true" is an error on a column of any other type, also where the table is empty.
  const asked = await ask(site, signal, (table) => table.select("id").is(column, true).limit(1));
  if (asked.kind === "rows") return true;
  if (asked.failure.code === "column_missing" || asked.detail === WRONG_TYPE) return false;
  const message = redactor([site.supabaseKey])(asked.failure.message);
  throw new AppError("conflict", message, { errors: [{ path: "removalPolicy", message }] });
}

function refuse(message: string): never {
  throw refused(message);
}

function refused(message: string): AppError {
  return invalid([{ path: "removalPolicy", message }]);
}

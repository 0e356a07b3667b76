import { z } from "zod";
import { refuseKeyWithout } from "@/lib/access/authorize";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { encodeCursor } from "@/lib/http/page";
import { readCursor } from "@/lib/paging";
import { credentialsMissing } from "@/lib/sites/open-stored";
import { unknownSite } from "@/lib/sites/service";
import { adviceFor } from "@/lib/sync/core/failure";
import { LINKED_GROUPS, type RowGroup } from "@/lib/take-over/groups";
import type { Decided, DecideInput, RowDecision, TakeOver, TakeOverQuery } from "@/lib/take-over/schema";

type OfSite = { id: string };

/** What a site's rows are to the list, and of one group the rows themselves. Throws `not_found`. */
export async function getTakeOver(
  ctx: Context,
  { id, group, q, cursor, limit }: TakeOverQuery & OfSite,
): Promise<TakeOver> {
  const read = dataOf(await ctx.centre.rpc("take_over_read", { site_id: id })) ?? unknownSite();
  const after = readCursor(cursor, z.tuple([z.string()]));
  const counts = { ...read, advice: adviceFor(read.errorCode) };
  if (group === undefined) return { ...counts, items: [], nextCursor: null };
  const { items, last } = dataOf(
    await ctx.centre.rpc("take_over_items", {
      site_id: id,
      kind: group,
      search: q ?? null,
      after: after?.[0] ?? null,
      most: limit,
    }),
  );
  return { ...counts, items, nextCursor: last === null ? null : encodeCursor([last]) };
}

/** Has a site's rows read, anew when they were before. Throws `not_found`, `conflict` and `credentials_missing`. */
export async function scanSite(ctx: Context, { id }: OfSite): Promise<TakeOver> {
  const answer = dataOf(await ctx.centre.rpc("request_take_over_scan", { site_id: id }));
  if ("problem" in answer) throw cannot(answer.problem);
  ctx.wake();
  return await getTakeOver(ctx, { id, limit: 1 });
}

/**
 * Decides about a site's rows, which is then done in the background; the site's first sync follows. Throws `not_found`,
 * `credentials_missing`, `validation_failed` for rows that are not there, `conflict` when nothing
 * is to be decided, and `forbidden` for a key that may not make users.
 */
export async function decideTakeOver(ctx: Context, { id, ...input }: DecideInput & OfSite): Promise<Decided> {
  if (input.import) refuseKeyWithout(ctx.actor, "users:write", "importing makes users");
  const args = { site_id: id, groups: groupsOf(input), rows: rowsOf(input) };
  const answer = dataOf(await ctx.centre.rpc("request_take_over", args));
  if ("problem" in answer) {
    if (answer.problem === "rows") throw unknownRows(input, answer.keys ?? []);
    throw cannot(answer.problem);
  }
  ctx.wake();
  return answer;
}

function groupsOf({ link, import: imports, leave }: DecideInput): Partial<Record<RowGroup, string>> {
  const linked = link?.groups ?? (link?.all ? LINKED_GROUPS : []);
  const imported = imports?.groups ?? (imports?.all ? ["only_there" as const] : []);
  const given = [
    ...linked.map((group) => [group, "link"]),
    ...imported.map((group) => [group, "import"]),
    ...(leave?.groups ?? []).map((group) => [group, "leave"]),
  ];
  return Object.fromEntries(given) as Partial<Record<RowGroup, string>>;
}

function rowsOf({ link, import: imports, leave }: DecideInput): RowDecision[] {
  return [
    ...(link?.rowIds ?? []).map((key) => ({ key, decision: "link" as const })),
    ...(link?.users ?? []).map(({ rowId: key, userId }) => ({ key, decision: "link" as const, userId })),
    ...(imports?.rowIds ?? []).map((key) => ({ key, decision: "import" as const })),
    ...(leave?.rowIds ?? []).map((key) => ({ key, decision: "leave" as const })),
  ];
}

function unknownRows(input: DecideInput, keys: readonly string[]): AppError {
  const named = {
    "link.rowIds": input.link?.rowIds ?? [],
    "link.users": input.link?.users?.map(({ rowId }) => rowId) ?? [],
    "import.rowIds": input.import?.rowIds ?? [],
    "leave.rowIds": input.leave?.rowIds ?? [],
  };
  const errors = Object.entries(named).flatMap(([path, ids]) =>
    ids.flatMap((id, index) =>
      keys.includes(id)
        ? [{ path: `${path}.${index}`, message: "The site has no such row to decide about." }]
        : [],
    ),
  );
  return invalid(errors);
}

type Problem =
  | "unknown"
  | "webhook"
  | "credentials"
  | "disconnecting"
  | "none"
  | "scanning"
  | "applying"
  | "rows";

function cannot(problem: Problem): AppError {
  switch (problem) {
    case "unknown":
      return unknownSite();
    case "webhook":
      return new AppError("conflict", "An HTTP endpoint cannot be read, so Roster cannot see its rows.");
    case "credentials":
      return credentialsMissing();
    case "disconnecting":
      return new AppError("conflict", "This site is being disconnected. Cancel that first.");
    case "none":
    case "rows":
      return new AppError(
        "conflict",
        "The site's rows are not known, or too old to act on. Have them read again first.",
      );
    case "scanning":
      return new AppError("conflict", "The site's rows are still being read. Decide when that is done.");
    case "applying":
      return new AppError("conflict", "What was decided before is being done. Look again when it is.");
  }
}

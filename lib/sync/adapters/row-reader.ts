import { comparedColumns, type FoundRow } from "../core/compare";
import type { Mapping } from "../core/mapping";
import { normalKey } from "../core/normal-key";
import type { PlanTurn, RowReader } from "../planning/ports";
import { findRows } from "./find-rows";
import { openMappedTable } from "./mapped-table";
import type { SiteFetchOptions } from "./site-fetch";

/**
 * Rows that are read at once for each user who is looked for. Where the site orders keys as the list does and has few others,
 * one request finds all of a page; what it misses is looked for by key, some hundred keys a request.
 */
const NEAR = 1.5;

/** Reads the rows of users at a site's own Supabase, in the columns that a mapping writes. */
export function createRowReader(
  { url, removal }: Pick<PlanTurn["site"], "url" | "removal">,
  key: string,
  { mapping, ...way }: SiteFetchOptions & { mapping: Mapping },
): RowReader {
  const table = openMappedTable(url, key, mapping, way);
  const { match } = mapping;
  const columns = new Set([match, ...comparedColumns(mapping).map(({ column }) => column)]);
  if (removal.kind === "deactivate") columns.add(removal.column);
  return {
    rows: async (keys) => {
      const near = inOrder(keys) ? await table.between(keys, [...columns], NEAR * keys.length) : { rows: [] };
      const found = byKey("failure" in near ? [] : near.rows, match);
      const rest = keys.filter((one) => !found.has(normalKey(one)));
      const answer = await findRows(table, rest, [...columns]);
      if ("failure" in answer) return answer.failure;
      return new Map([...found, ...byKey(answer.rows, match)]);
    },
    holders: async (column, values) => {
      const answer = await findRows(table, values, [match, column], column);
      if ("failure" in answer) return answer.failure;
      return new Map(answer.rows.map((row) => [String(row[column]), String(row[match])]));
    },
    count: async () => {
      const answer = await table.count();
      return "failure" in answer ? answer.failure : answer.count;
    },
  };
}

function inOrder(keys: readonly string[]): boolean {
  return keys.every((one, index) => index === 0 || (keys[index - 1] ?? "") <= one);
}

function byKey(rows: readonly FoundRow[], match: string): ReadonlyMap<string, FoundRow> {
  return new Map(rows.map((row) => [normalKey(row[match]), row]));
}

import { asText, comparedColumns, differs, type FoundRow } from "../core/compare";
import type { Mapping } from "../core/mapping";
import { momentOf } from "../core/moment";
import type { ComparedSite, KeyedRow, RowOwner, RowOwners, SiteReader } from "../verify/ports";
import { findRows } from "./find-rows";
import { normal, openMappedTable } from "./mapped-table";
import type { SiteFetchOptions } from "./site-fetch";

interface KeyedReaderOptions extends SiteFetchOptions {
  mapping: Mapping;
  owners: RowOwners;
}

/** Reads a site whose rows are found by their keys, and compares each with what its user should have there. */
export function createKeyedReader(
  site: Pick<ComparedSite, "url" | "removal">,
  key: string,
  { mapping, owners, ...way }: KeyedReaderOptions,
): SiteReader {
  // Pages are read ahead while single rows are looked for: each way sees the failures of its own requests only.
  const pages = openMappedTable(site.url, key, mapping, way);
  const looks = openMappedTable(site.url, key, mapping, way);
  const comparing = {
    mapping,
    activeColumn: site.removal.kind === "deactivate" ? site.removal.column : null,
  };
  const columns = columnsToRead(comparing);
  const field = matchField(mapping);
  return {
    after: async (cursor, limit) => {
      const answer = await pages.after(cursor, columns, limit);
      if ("failure" in answer) return answer.failure;
      // Rows that nothing identifies come last, and nobody's can be told from another.
      const rows = answer.rows.filter((row) => (row[mapping.match] ?? null) !== null);
      const keys = rows.map((row) => String(row[mapping.match]));
      const owned = byKey(await owners.ofKeys(field, keys.flatMap(spellings)));
      return rows.map((row, index) =>
        compared(comparing, row, owned.get(normal(keys[index] ?? "")), keys[index] ?? ""),
      );
    },
    present: async (ids) => {
      const owned = await owners.ofUsers(field, ids);
      const known = new Set(owned.map(({ id }) => id));
      // Of nobody in the list, and nothing recorded: the name that the comparison gave it is the key.
      const unknown = ids.filter((id) => !known.has(id)).map((id) => ({ id, key: id.replace(/^row /, "") }));
      const wanted = [...owned, ...unknown];
      const keys = wanted.map((one) => one.key);
      const answer = await findRows(looks, keys, [mapping.match]);
      if ("failure" in answer) return answer.failure;
      const there = new Set(answer.rows.map((row) => normal(row[mapping.match])));
      return new Set(wanted.filter((one) => there.has(normal(one.key))).map(({ id }) => id));
    },
  };
}

interface Comparing {
  mapping: Mapping;
  /** The column that says whether a row is active, where the site has one. */
  activeColumn: string | null;
}

function columnsToRead({ mapping, activeColumn }: Comparing): string[] {
  const columns = [mapping.match, ...comparedColumns(mapping).map(({ column }) => column)];
  const stamp = stampColumn(mapping);
  return [...new Set([...columns, ...(activeColumn ? [activeColumn] : []), ...(stamp ? [stamp] : [])])];
}

/** The column with the time of the row, which may keep a row at the site that is newer than the list's. */
function stampColumn({ columns }: Mapping): string | undefined {
  return columns.find(({ from }) => from.kind === "field" && from.field === "updated_at")?.column;
}

/** What the match column is filled from: under that a row stands of which nothing is recorded. */
function matchField({ columns, match }: Mapping): string {
  const from = columns.find(({ column }) => column === match)?.from;
  return from?.kind === "field" ? from.field : "id";
}

/** A key as the centre may have recorded it, where sites write UUIDs in lower case. */
function spellings(key: string): string[] {
  const upper = key.toUpperCase();
  return upper === key || normal(upper) !== key ? [key] : [key, upper];
}

function byKey(owners: readonly RowOwner[]): ReadonlyMap<string, RowOwner> {
  return new Map(owners.map((owner) => [normal(owner.key), owner]));
}

function compared(comparing: Comparing, row: FoundRow, owner: RowOwner | undefined, key: string): KeyedRow {
  const { mapping, activeColumn } = comparing;
  const stamp = stampColumn(mapping);
  const user = owner?.user;
  const expected = user?.status === "active";
  return {
    ...(owner ? { id: owner.id } : { id: key, stranger: true }),
    key,
    fields: expected ? differences(comparing, user, row) : contents(comparing, row),
    comparedWith: user?.updated_at ?? null,
    updated_at: stamp ? momentOf(row[stamp]) : null,
    ...(activeColumn && { active: row[activeColumn] }),
  };
}

function differences(
  { mapping, activeColumn }: Comparing,
  user: NonNullable<RowOwner["user"]>,
  row: FoundRow,
) {
  const fields = differs(mapping, user, row).map(({ column, here, there }) => ({
    name: column,
    here: asText(here),
    there: asText(there),
  }));
  return activeColumn && row[activeColumn] === false
    ? [...fields, { name: activeColumn, here: "true", there: "false" }]
    : fields;
}

function contents({ mapping, activeColumn }: Comparing, row: FoundRow) {
  const columns = comparedColumns(mapping).map(({ column }) => column);
  const held = [...columns, ...(activeColumn ? [activeColumn] : [])];
  return held
    .map((name) => ({ name, here: null, there: asText(row[name]) }))
    .filter(({ there }) => there !== null);
}

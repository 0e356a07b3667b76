import { createClient, type PostgrestError } from "@supabase/supabase-js";
import type { Failure } from "../core/failure";
import { DEFAULT_MAPPING, type MappedRow, type Mapping } from "../core/mapping";
import type { RemovalPolicy } from "../core/plan";
import { chunkIds } from "../core/url-chunks";
import type { LeasedSite, RowKeyStore } from "../ports";
import { type SiteFetchOptions, siteFetch } from "./site-fetch";
import { failureOf, rowsIn } from "./supabase-site";

export { normalKey as normal } from "../core/normal-key";

/** The table of a mapped site, asked with supabase-js. Its calls throw once `aborting` has fired. */
type MappedTable = ReturnType<typeof openMappedTable>;

type Answered<T> = { rows: T } | { failure: Failure };
type Answer = { data: unknown; error: PostgrestError | null; status: number };

/** What the writer of a mapped site works with. */
export interface MappedWriting {
  site: LeasedSite;
  table: MappedTable;
  mapping: Mapping;
  removal: RemovalPolicy;
  rowKeys: RowKeyStore;
}

/** Opens a site's table for a mapping. */
export function openMappedTable(url: string, key: string, mapping: Mapping, options: SiteFetchOptions) {
  const http = siteFetch(options);
  const client = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false, schema: mapping.schema },
    global: { fetch: http.fetch },
  });
  const { match } = mapping;
  const table = () => client.from(mapping.table);
  const read = ({ data, error, status }: Answer): Answered<Record<string, unknown>[]> =>
    error ? { failure: explain(failureOf(status, error, http), error) } : { rows: rowsIn(data) };
  const explain = (failure: Failure, error: PostgrestError) =>
    mapping === DEFAULT_MAPPING ? failure : ofMapping(failure, error, mapping);

  return {
    /** Puts rows with the same columns there; answers their keys. */
    upsert: async (rows: readonly MappedRow[]) =>
      read(
        await table()
          .upsert([...rows], { onConflict: match })
          .select(match),
      ),
    /** Puts rows there whose keys no row has; answers the keys of those that it put there. */
    insert: async (rows: readonly MappedRow[]) =>
      read(
        await table()
          .upsert([...rows], { onConflict: match, ignoreDuplicates: true })
          .select(match),
      ),
    /** Changes the row that stands under a key; answers nothing when there is none. */
    update: async (key: string, row: MappedRow) =>
      read(await table().update(row).eq(match, key).select(match)),
    /** The same for several rows, which get the same values. */
    updateAll: async (keys: readonly string[], row: MappedRow) =>
      read(await table().update(row).in(match, keys)),
    delete: async (keys: readonly string[]) => read(await table().delete().in(match, keys)),
    /** The rows under these keys, or with these values of another column, however many; no column stands for all. */
    find: async (keys: readonly string[], columns: readonly string[], by = match) => {
      const rows: Record<string, unknown>[] = [];
      for (const some of chunkIds(keys)) {
        const found = read(await table().select(columns.map(quoted).join(",")).in(by, some));
        if ("failure" in found) return found;
        rows.push(...found.rows);
      }
      return { rows };
    },
    /** Up to `limit` rows after a key, in the site's order of keys. */
    after: async (key: string, columns: readonly string[], limit: number) => {
      const rows = table().select(columns.map(quoted).join(",")).order(match).limit(limit);
      return read(await (key === "" ? rows : rows.gt(match, key)));
    },
    /** Rows between the first and the last of these keys, up to `limit`, in the site's order of keys. */
    between: async (keys: readonly string[], columns: readonly string[], limit: number) => {
      const [first, last] = [keys[0], keys.at(-1)];
      if (first === undefined || last === undefined) return { rows: [] };
      const rows = table().select(columns.map(quoted).join(",")).gte(match, first).lte(match, last);
      return read(await rows.order(match).limit(Math.ceil(limit)));
    },
    /** How many rows there are. */
    count: async (): Promise<{ count: number } | { failure: Failure }> => {
      const { count, ...answer } = await table().select(quoted(match), { count: "exact" }).limit(1);
      const checked = read(answer);
      return "failure" in checked ? checked : { count: count ?? checked.rows.length };
    },
    /** The key of a row other than that under `except` whose column has this value. */
    findHolder: async (column: string, value: string, except: string | undefined) => {
      const rows = table().select(quoted(match)).eq(column, value);
      return read(await (except === undefined ? rows : rows.neq(match, except)).limit(1));
    },
    /** Gives a row's column another value, if it still has that one. */
    exchange: async (key: string, column: string, from: string, to: string) =>
      read(
        await table()
          .update({ [column]: to })
          .eq(match, key)
          .eq(column, from),
      ),
  };
}

// https://docs.postgrest.org/en/stable/references/api/url_grammar.html
function quoted(column: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(column) ? column : `"${column.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** SQLSTATE for "on conflict" without a unique index. */
const NOT_UNIQUE = "42P10";

/** Says which table and column it is about, where the engine's own words are about the documented table. */
function ofMapping(failure: Failure, error: PostgrestError, { schema, table, match }: Mapping): Failure {
  if (error.code === NOT_UNIQUE) {
    return {
      code: "mapping_broken",
      message: `The column ${match} of ${table} has no unique index at the site.`,
    };
  }
  switch (failure.code) {
    case "table_missing":
      return { code: "mapping_broken", message: `The site's API shows no table ${schema}.${table}.` };
    case "column_missing":
      return { ...failure, code: "mapping_broken" };
    case "not_permitted":
      return { ...failure, message: `The saved key may not write to the site's table ${table}.` };
    default:
      return failure;
  }
}

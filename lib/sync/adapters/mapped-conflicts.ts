import type { Failure } from "../core/failure";
import { UNIQUE_FIELDS } from "../core/mapped-fields";
import { keyOf, type MappedColumn, mappedValue } from "../core/mapping";
import type { Target } from "../core/plan";
import type { Holder } from "../ports";
import type { MappedWriting } from "./mapped-table";
import { placeholderFor } from "./supabase-conflicts";

/** A holder of a mapped site, with the key under which its row stands. */
interface MappedHolder extends Holder {
  key: string;
}

/** Rows of others at a mapped site that have a value which only this user should have. */
export async function findMappedHolders(
  { site, table, mapping, rowKeys }: MappedWriting,
  { userId, row }: Target,
): Promise<MappedHolder[] | Failure> {
  const wanted = keyOf(mapping, row);
  const { own, held } = await rowKeys.readRowKeys(site, [userId], [wanted]);
  const holder = held.get(wanted);
  const holders: MappedHolder[] = [];
  if (holder !== undefined && holder !== userId) {
    holders.push({ id: holder, key: wanted, column: mapping.match, value: wanted });
  }
  for (const { column, from } of mapping.columns.filter(isUnique)) {
    const value = String(mappedValue(from, row) ?? "");
    const mine = own.get(userId) ?? (holder === undefined ? wanted : undefined);
    const found = await table.findHolder(column, value, mine);
    if ("failure" in found) return found.failure;
    const keys = found.rows.map((one) => String(one[mapping.match]));
    if (keys.length === 0) continue;
    const known = await rowKeys.readRowKeys(site, keys, keys);
    for (const key of keys) {
      const id = known.held.get(key) ?? key;
      // Whoever has this key as id, and a row under another one, has not got this row.
      const foreign = !known.held.has(key) && known.own.has(key);
      if (id === userId && !foreign) continue;
      if (holders.some((one) => one.column === column && one.key === key)) continue;
      holders.push({ id, key, column, value, foreign });
    }
  }
  return holders;
}

/** Takes a value away from a row that has it still, and remembers where the row is then. */
export async function vacateMapped(
  { site, table, mapping, rowKeys }: MappedWriting,
  holder: Holder,
): Promise<Failure | null> {
  const { id, column, value } = holder;
  const key = "key" in holder ? String(holder.key) : value;
  const from = mapping.columns.find((one) => one.column === column)?.from;
  const placeholder = placeholderFor(
    from?.kind === "field" && from.field === "email" ? "email" : "clerk_user_id",
  );
  // Recorded first: a row whose key nobody knows would stay there for ever.
  if (column === mapping.match) await rowKeys.recordRowKeys(site, [{ userId: id, key: placeholder }]);
  const answer = await table.exchange(key, column, value, placeholder);
  if (!("failure" in answer)) return null;
  if (column === mapping.match) await rowKeys.recordRowKeys(site, [{ userId: id, key }]);
  return answer.failure;
}

function isUnique({ from }: MappedColumn): boolean {
  return from.kind === "field" && UNIQUE_FIELDS.some((one) => one === from.field);
}

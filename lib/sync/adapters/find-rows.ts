import type { FoundRow } from "../core/compare";
import { type Failure, policyOf } from "../core/failure";
import type { openMappedTable } from "./mapped-table";

type Table = Pick<ReturnType<typeof openMappedTable>, "find">;

/**
 * The rows under these keys, or with these values of another column. Nothing stands under a key that the column cannot
 * hold, such as a name where it takes UUIDs: such a key spoils no answer about the others.
 */
export async function findRows(
  table: Table,
  keys: readonly string[],
  columns: readonly string[],
  by?: string,
): Promise<{ rows: readonly FoundRow[] } | { failure: Failure }> {
  const answer = await table.find(keys, columns, by);
  if (!("failure" in answer) || policyOf(answer.failure).kind !== "fail_user") return answer;
  if (keys.length <= 1) return { rows: [] };
  const middle = Math.ceil(keys.length / 2);
  const first = await findRows(table, keys.slice(0, middle), columns, by);
  if ("failure" in first) return first;
  const second = await findRows(table, keys.slice(middle), columns, by);
  return "failure" in second ? second : { rows: [...first.rows, ...second.rows] };
}

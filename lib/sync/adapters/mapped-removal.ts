import type { Failure } from "../core/failure";
import { keyOf } from "../core/mapping";
import type { Target } from "../core/plan";
import { chunkIds } from "../core/url-chunks";
import type { WriteResult } from "../ports";
import { type MappedWriting, normal } from "./mapped-table";
import { KEPT_BY_SITE } from "./supabase-site";

/** Takes users away from a mapped site, as its removal policy says. */
export async function removeMapped(writing: MappedWriting, targets: readonly Target[]): Promise<WriteResult> {
  const { site, mapping, rowKeys, removal } = writing;
  const wanted = new Map(targets.map(({ userId, row }) => [userId, keyOf(mapping, row)]));
  const { own, held } = await rowKeys.readRowKeys(site, [...wanted.keys()], [...wanted.values()]);
  const users = new Map<string, string>(); // by key
  const landed = new Set<string>();
  for (const [userId, key] of wanted) {
    const at = own.get(userId) ?? (held.has(key) ? undefined : key);
    if (at === undefined || at === "")
      landed.add(userId); // what stands under that key is another user's
    else users.set(normal(at), userId);
  }
  const refused = new Map<string, Failure>();
  for (const keys of chunkIds([...users.keys()])) {
    const left = await takeAway(writing, keys);
    if ("failure" in left) return { kind: "failed", failure: left.failure, before: { landed, refused } };
    for (const key of keys) {
      const userId = users.get(key) ?? "";
      if (left.kept.has(key)) refused.set(userId, KEPT_BY_SITE);
      else landed.add(userId);
    }
    const gone = keys
      .map((key) => users.get(key) ?? "")
      .filter((userId) => own.has(userId) && landed.has(userId));
    if (removal.kind === "delete" && gone.length > 0) {
      await rowKeys.recordRowKeys(
        site,
        gone.map((userId) => ({ userId, key: null })),
      );
    }
  }
  return { kind: "answered", landed, refused };
}

/** Deletes or deactivates rows; answers the keys of those that a policy or trigger there kept as they were. */
async function takeAway(
  { table, mapping, removal }: MappedWriting,
  keys: readonly string[],
): Promise<{ kept: ReadonlySet<string> } | { failure: Failure }> {
  const deactivates = removal.kind === "deactivate";
  const gone = await (deactivates ? table.updateAll(keys, { [removal.column]: false }) : table.delete(keys));
  if ("failure" in gone) return gone;
  const left = await table.find(keys, deactivates ? [mapping.match, removal.column] : [mapping.match]);
  if ("failure" in left) return left;
  const kept = left.rows.filter((row) => !deactivates || row[removal.column] !== false);
  return { kept: new Set(kept.map((row) => normal(row[mapping.match]))) };
}

import { shown } from "./core/classify";
import { type Failure, policyOf } from "./core/failure";
import type { Target } from "./core/plan";
import type { Holder, SiteWriter, WriteResult } from "./ports";

/** Asks the centre which of these users' rows at the site may lose a value to another user; see `sync_displace`. */
export type Displace = (userIds: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * Writes users, and one alone even where rows that are out of date have what is unique of it: two users who swapped
 * their e-mail addresses would otherwise wait for each other for ever. Rows that are not Roster's keep what they have,
 * and the failure names them.
 */
export async function upsertMakingRoom(
  writer: SiteWriter,
  targets: readonly Target[],
  displace: Displace,
): Promise<WriteResult> {
  const result = await writer.upsert(targets);
  const [only] = targets;
  const conflict = result.kind === "failed" && result.failure.code === "conflict";
  if (!conflict || !only || targets.length > 1 || !writer.holders) return result;
  const holders = await writer.holders(only);
  if ("code" in holders) return { kind: "failed", failure: holders };
  if (holders.length === 0) return result;
  const known = holders.find((holder) => holder.foreign);
  if (known) return { kind: "failed", failure: takenBy(known) };
  const ours = await displace(holders.map(({ id }) => id));
  const foreign = holders.find(({ id }) => !ours.has(id));
  if (foreign) return { kind: "failed", failure: takenBy(foreign) };
  for (const holder of holders) {
    const failure = await writer.vacate?.(holder);
    // A site with rules about the placeholder keeps the conflict as it was.
    if (failure) return policyOf(failure).kind === "fail_user" ? result : { kind: "failed", failure };
  }
  return await writer.upsert(targets);
}

function takenBy({ id, column, value }: Holder): Failure {
  const sentence = `Another row at the site (id ${id}) already has this ${column} (${value}).`;
  return { code: "conflict", message: shown(sentence) ?? "" };
}

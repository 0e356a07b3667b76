import { randomUUID } from "node:crypto";
import type { MappingInput, MappingProblem } from "@/lib/mapping/schema";
import { type Asked, askSite, type ProbedSite } from "@/lib/sites/probe";
import { sameValue } from "@/lib/sync/core/compare";
import { adviceFor } from "@/lib/sync/core/failure";
import { keyOf, type MappedUser, type Mapping, newRow } from "@/lib/sync/core/mapping";

// Removing the row has its own time, so that a trial that ran out of it leaves nothing behind either.
const CLEANUP_MS = 3_000;

/**
 * Writes a row as a sync would, reads it back and removes it: only the site's own database knows all of its rules.
 * `like` is somebody whose role, team and department it has. Answers what the site objected to.
 */
export async function tryRow(
  site: ProbedSite,
  { mapping, removalColumn }: Pick<MappingInput, "removalColumn"> & { mapping: Mapping },
  like: MappedUser | undefined,
  signal: AbortSignal,
): Promise<MappingProblem[]> {
  const user = probeUser(like);
  const row = { ...newRow(mapping, user), ...(removalColumn === null ? {} : { [removalColumn]: true }) };
  const key = keyOf(mapping, user);
  const { schema, table, match } = mapping;
  const ask = (within: AbortSignal, build: Parameters<typeof askSite>[3]) =>
    askSite(site, within, schema, build);
  const written = await ask(signal, (client) =>
    client.from(table).upsert([row], { onConflict: match }).select(match),
  );
  const read = names(written, match, key)
    ? await ask(signal, (client) => client.from(table).select(match).eq(match, key))
    : written;
  const removed = await ask(AbortSignal.timeout(CLEANUP_MS), (client) =>
    client.from(table).delete().eq(match, key).select(match),
  );
  if (written.kind === "failure") return [objection(written, mapping)];
  if (!names(read, match, key)) {
    return [
      { path: "mapping", message: `A test row was accepted but is not there. ${adviceFor("not_landed")}` },
    ];
  }
  if (!names(removed, match, key)) {
    const message = `A test row could be written but not removed. Remove the row of ${table} whose ${match} is ${key}, and allow this key to delete.`;
    return [{ path: "mapping", message }];
  }
  return [];
}

function names(asked: Asked, match: string, key: string): boolean {
  return asked.kind === "rows" && asked.rows.some((row) => sameValue(key, row[match]));
}

/** SQLSTATE for "on conflict" without a unique index on the column. */
const NOT_UNIQUE = "42P10";

function objection(
  { failure, detail }: Extract<Asked, { kind: "failure" }>,
  { table, match }: Mapping,
): MappingProblem {
  if (detail === NOT_UNIQUE) {
    const message = `${match} is not unique at the site, so a row could not be told from another. Run this in its SQL Editor: alter table "${table}" add unique ("${match}");`;
    return { path: "mapping.match", message };
  }
  switch (failure.code) {
    case "value_refused":
    case "conflict":
      return { path: "mapping.columns", message: `The table refuses a row like these: ${failure.message}` };
    case "column_missing":
      return { path: "mapping.columns", message: failure.message };
    case "table_missing":
      return { path: "mapping.table", message: `The site's API shows no table ${table}.` };
    case "not_permitted":
      return { path: "mapping.table", message: `The saved key may not write to ${table}.` };
    default:
      return {
        path: "mapping",
        message: [failure.message, adviceFor(failure.code)].filter(Boolean).join(" "),
      };
  }
}

function probeUser(like: MappedUser | undefined): MappedUser {
  const id = randomUUID();
  const now = new Date().toISOString();
  return {
    id,
    clerk_user_id: `roster-mapping-test-${id}`,
    email: `roster-mapping-test-${id}@example.invalid`,
    full_name: "Roster mapping test",
    role: like?.role ?? "user",
    team: like?.team ?? null,
    department: like?.department ?? null,
    created_at: now,
    updated_at: now,
  };
}

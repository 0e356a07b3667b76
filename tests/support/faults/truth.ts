import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import { withConnection } from "@/supabase/local/database";
import type { Arena, ArenaSite } from "@/tests/support/faults/arena";

/** Every column a site receives, as text, so that nothing is lost in conversion. */
const ROW = `to_jsonb(array[id, clerk_user_id, email, full_name, role, team, department,
  created_at::text, updated_at::text])::text`;

/** A connection that PostgreSQL's death broke at the wrong moment may stay silent for ever. */
const ANSWER_MS = 20_000;

interface Seen {
  row: string;
  active: boolean | null;
}

/**
 * What differs between the centre and its sites, and between the sites and what the statuses say of them. Databases that
 * do not answer, or not in time, count as a difference.
 */
export async function differences(arena: Arena): Promise<string[]> {
  const problem = (error: unknown) => [`the databases do not answer: ${error}`];
  return await Promise.race([
    compare(arena).catch(problem),
    sleep(ANSWER_MS).then(() => problem("too late")),
  ]);
}

async function compare(arena: Arena): Promise<string[]> {
  return await arena.withCentre(async (centre) => {
    const [work] = await centre`
      select (select count(*) from pgmq.q_user_changes)::int as queued,
        (select count(*) from sync_runs where finished_at is null)::int as runs,
        (select count(*) from sync_claims)::int as claims`;
    if (work?.queued || work?.runs || work?.claims) return [`work is left: ${JSON.stringify(work)}`];
    const users = new Map(
      (await centre.unsafe(`select id, status, ${ROW} as row from user_profiles`)).map((user) => [
        String(user.id),
        { row: String(user.row), active: user.status === "active" },
      ]),
    );
    const found = await Promise.all(arena.sites.map((site) => differencesAt(site, users, centre)));
    return found.flat();
  });
}

async function differencesAt(
  { id, project, options }: ArenaSite,
  users: ReadonlyMap<string, Seen>,
  centre: postgres.Sql,
): Promise<string[]> {
  const { removal = "delete" } = options;
  const active = removal === "deactivate" ? "is_active" : "true";
  const rows = await withConnection(project.databaseUrl, async (sql) => {
    const all = await sql.unsafe(`select id, ${active} as active, ${ROW} as row from user_profiles`);
    return new Map(all.map((row) => [String(row.id), { row: String(row.row), active: row.active === true }]));
  });
  const statuses = new Map(
    (await centre`select user_id, status from user_sync_status where site_id = ${id}`).map((row) => [
      String(row.user_id),
      String(row.status),
    ]),
  );
  const found: string[] = [];
  for (const userId of new Set([...users.keys(), ...rows.keys(), ...statuses.keys()])) {
    const problem = judge({
      user: users.get(userId),
      there: rows.get(userId),
      status: statuses.get(userId),
      removal,
    });
    if (problem) found.push(`${project.name}, ${userId}: ${problem}`);
  }
  return found;
}

interface Case {
  user: Seen | undefined;
  there: Seen | undefined;
  status: string | undefined;
  removal: "delete" | "deactivate" | "keep";
}

function judge({ user, there, status, removal }: Case): string | null {
  if (user?.active) {
    if (there?.row !== user.row || !there.active) return `has ${there?.row} instead of ${user.row}`;
    return status === "synced" ? null : `is there, and the status says ${status}`;
  }
  if (there && removal === "delete") return "left and is still there";
  if (there?.active && removal === "deactivate") return "left and is still active";
  if (there && removal === "keep")
    return status === "kept" ? null : `left, is kept, and the status says ${status}`;
  // A site that keeps rows is never looked at again: what may be there is called kept.
  const truths = ["removed", ...(removal === "keep" ? ["kept"] : []), ...(user ? [] : [undefined])];
  return truths.includes(status) ? null : `left, and the status says ${status}`;
}

/** Waits until nothing differs any more; throws with what still does when the time is over. */
export async function untilTrue(arena: Arena, milliseconds: number): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const found = await differences(arena);
    if (found.length === 0) return;
    if (Date.now() > deadline) {
      const more = found.length > 10 ? `\n… and ${found.length - 10} more` : "";
      throw new Error(`Not equal after ${milliseconds} ms:\n${found.slice(0, 10).join("\n")}${more}`);
    }
    await sleep(100);
  }
}

/** Asks again and again until the answer is yes; throws, with the words for it, when the time is over. */
export async function until(what: string, milliseconds: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`Not within ${milliseconds} ms: ${what}`);
    await sleep(20);
  }
}

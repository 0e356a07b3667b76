import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import type { Arena } from "@/tests/support/faults/arena";
import { type AnySite, type Removal, ROW, type SeenUser } from "@/tests/support/faults/arena-site";

/** A connection that PostgreSQL's death broke at the wrong moment may stay silent for ever. */
const ANSWER_MS = 20_000;

/** A user of the list as a site of each kind is to have it. */
interface ListedUser {
  row: string;
  rowWithoutCreation: string;
  active: boolean;
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
    const users = await listedUsers(centre);
    const found = await Promise.all(arena.everySite.map((site) => differencesAt(site, users, centre)));
    return found.flat();
  });
}

async function listedUsers(centre: postgres.Sql): Promise<Map<string, ListedUser>> {
  const users = await centre.unsafe(`select id, status, ${ROW} as row from user_profiles`);
  return new Map(
    users.map(({ id, status, row }) => [
      String(id),
      {
        row: JSON.stringify(row),
        rowWithoutCreation: JSON.stringify(row.slice(0, -1)),
        active: status === "active",
      },
    ]),
  );
}

async function differencesAt(
  site: AnySite,
  users: ReadonlyMap<string, ListedUser>,
  centre: postgres.Sql,
): Promise<string[]> {
  const there = await site.users();
  const statuses = new Map(
    (await centre`select user_id, status, error_code from user_sync_status where site_id = ${site.id}`).map(
      ({ user_id, status, error_code: code }) => [String(user_id), { status: String(status), code }],
    ),
  );
  const found: string[] = [];
  for (const userId of new Set([...users.keys(), ...there.keys(), ...statuses.keys()])) {
    const user = users.get(userId);
    const wanted = user?.active ? (site.knowsCreation ? user.row : user.rowWithoutCreation) : null;
    const { status, code } = statuses.get(userId) ?? {};
    const { removal } = site;
    const problem = judge({ known: user !== undefined, wanted, there: there.get(userId), status, removal });
    if (problem) found.push(`${site.name}, ${userId}: ${problem}${code ? ` (${code})` : ""}`);
  }
  return found;
}

interface Case {
  /** The list has the user, active or not. */
  known: boolean;
  /** The row that is to be there; null when none is. */
  wanted: string | null;
  there: SeenUser | undefined;
  status: string | undefined;
  removal: Removal;
}

function judge({ known, wanted, there, status, removal }: Case): string | null {
  if (wanted !== null) {
    if (there?.row !== wanted || !there.active) return `has ${there?.row} instead of ${wanted}`;
    return status === "synced" ? null : `is there, and the status says ${status}`;
  }
  if (there && removal === "delete") return "left and is still there";
  if (there?.active && removal === "deactivate") return "left and is still active";
  if (there && removal === "keep")
    return status === "kept" ? null : `left, is kept, and the status says ${status}`;
  // A site that keeps rows is never looked at again: what may be there is called kept.
  const truths = ["removed", ...(removal === "keep" ? ["kept"] : []), ...(known ? [] : [undefined])];
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

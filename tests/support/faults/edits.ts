import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import type { Random } from "@/tests/support/faults/random";

/** Users u1 to u120; the first 20 never leave, and pass their e-mail addresses on. */
const CROWD = 120;
const STAYING = 20;

/** How often which edit is made. */
export const USUAL_EDITS = { put: 40, many: 10, late: 15, leave: 12, come: 12, remove: 6, handOver: 6 };

/** One transaction of somebody who edits users by SQL; some stay open for a while before they commit. */
export async function editAtRandom(sql: postgres.Sql, random: Random, weights = USUAL_EDITS): Promise<void> {
  const id = `u${random.int(1, CROWD)}`;
  const leaver = `u${random.int(STAYING + 1, CROWD)}`;
  const mark = String(random.int(1, 1e9));
  switch (random.weighted(weights)) {
    case "put":
      await sql`insert into user_profiles (id, email, full_name) values (${id}, ${`${id}.${mark}@example.com`}, ${mark})
        on conflict (id) do update set full_name = excluded.full_name, team = 'T' || ${mark}`;
      return;
    case "many":
      await sql`update user_profiles set department = ${mark} where id in (
        select id from user_profiles where id like ${`%${random.int(0, 9)}`} order by id for update)`;
      return;
    case "late":
      await sql.begin(async (tx) => {
        await tx`update user_profiles set team = ${mark} where id = ${id}`;
        await sleep(random.int(1, 400));
      });
      return;
    case "leave":
      await sql`update user_profiles set status = 'inactive' where id = ${leaver}`;
      return;
    case "come":
      await sql`update user_profiles set status = 'active', role = ${`r${mark}`} where id = ${id}`;
      return;
    case "remove":
      await sql`delete from user_profiles where id = ${leaver}`;
      return;
    case "handOver":
      await handOver(sql, `u${random.int(1, STAYING)}`, `u${random.int(1, STAYING)}`, mark);
  }
}

/**
 * One user gets the e-mail address that another one had until now. Neither ever leaves: a site that keeps or deactivates
 * the rows of leavers keeps their addresses too, and rightly refuses them to others.
 */
async function handOver(sql: postgres.Sql, from: string, to: string, mark: string): Promise<void> {
  if (from === to) return;
  await sql.begin(async (tx) => {
    const held =
      await tx`select id, email from user_profiles where id in (${from}, ${to}) order by id for update`;
    const email = held.find((user) => user.id === from)?.email;
    if (held.length < 2) return;
    await tx`update user_profiles set email = ${`${from}.${mark}@example.com`} where id = ${from}`;
    await tx`update user_profiles set email = ${email} where id = ${to}`;
  });
}

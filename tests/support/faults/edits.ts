import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import { type Change, changeColumns, type Ledger } from "@/tests/support/faults/ledger";
import type { Random } from "@/tests/support/faults/random";

/** Users u1 to u120; the first 20 never leave, and pass their e-mail addresses on. */
export const CROWD = 120;
const STAYING = 20;

/** How often which edit is made. */
export const USUAL_EDITS = { put: 40, many: 10, late: 15, leave: 12, come: 12, remove: 6, handOver: 6 };

/** One transaction of somebody who edits users by SQL; some stay open for a while before they commit. */
type Edit = (sql: postgres.Sql) => Promise<readonly Change[]>;

/** Makes some edit, and enters what the centre acknowledged of it. */
export async function editAtRandom(
  sql: postgres.Sql,
  random: Random,
  { weights, ledger }: { weights: typeof USUAL_EDITS; ledger: Ledger },
): Promise<void> {
  ledger.acknowledge(await drawEdit(random, weights, ledger)(sql));
}

function drawEdit(random: Random, weights: typeof USUAL_EDITS, ledger: Ledger): Edit {
  const id = `u${random.int(1, CROWD)}`;
  const leaver = `u${random.int(STAYING + 1, CROWD)}`;
  const mark = String(random.int(1, 1e9));
  switch (random.weighted(weights)) {
    case "put":
      return (sql) => sql<Change[]>`
        insert into user_profiles (id, email, full_name) values (${id}, ${`${id}.${mark}@example.com`}, ${mark})
        on conflict (id) do update set full_name = excluded.full_name, team = 'T' || ${mark}
        returning ${changeColumns(sql, false)}`;
    case "many": {
      const some = `%${random.int(0, 9)}`;
      return (sql) => sql<Change[]>`
        update user_profiles set department = ${mark} where id in (
          select id from user_profiles where id like ${some} order by id for update)
        returning ${changeColumns(sql, false)}`;
    }
    case "late": {
      const milliseconds = random.int(1, 400);
      return (sql) =>
        sql.begin(async (tx) => {
          const changes = await tx<Change[]>`
            update user_profiles set team = ${mark} where id = ${id} returning ${changeColumns(sql, false)}`;
          await sleep(milliseconds);
          return changes;
        });
    }
    case "leave":
      return (sql) => sql<Change[]>`
        update user_profiles set status = 'inactive' where id = ${leaver} returning ${changeColumns(sql, false)}`;
    case "come":
      return (sql) => sql<Change[]>`
        update user_profiles set status = 'active', role = ${`r${mark}`} where id = ${id}
        returning ${changeColumns(sql, false)}`;
    case "remove":
      return (sql) => {
        ledger.deleting(leaver);
        return sql<Change[]>`
          delete from user_profiles where id = ${leaver} returning ${changeColumns(sql, true)}`;
      };
    case "handOver": {
      const [from, to] = [`u${random.int(1, STAYING)}`, `u${random.int(1, STAYING)}`];
      return (sql) => handOver(sql, from, to, `${from}.${mark}@example.com`);
    }
  }
}

/**
 * One user gets the e-mail address that another one had until now. Neither ever leaves: a site that keeps or deactivates
 * the rows of leavers keeps their addresses too, and rightly refuses them to others.
 */
async function handOver(sql: postgres.Sql, from: string, to: string, fresh: string): Promise<Change[]> {
  if (from === to) return [];
  return await sql.begin(async (tx) => {
    const held =
      await tx`select id, email from user_profiles where id in (${from}, ${to}) order by id for update`;
    const email = held.find((user) => user.id === from)?.email;
    if (held.length < 2) return [];
    const give = tx<Change[]>`
      update user_profiles set email = ${fresh} where id = ${from} returning ${changeColumns(sql, false)}`;
    const take = async () => tx<Change[]>`
      update user_profiles set email = ${email} where id = ${to} returning ${changeColumns(sql, false)}`;
    return [...(await give), ...(await take())];
  });
}

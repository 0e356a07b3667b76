import { afterEach, expect, inject, test } from "vitest";
import { full } from "@/tests/support/acceptance";
import { Arena } from "@/tests/support/faults/arena";
import { untilTrue } from "@/tests/support/faults/truth";

const WRITERS = 64;
const COMMITS = full ? 20_000 : 1_500;
const USERS = 500;

let arena: Arena;

afterEach(async () => await arena.close());

test(`transactions that commit late, after others, are never skipped: ${COMMITS} by ${WRITERS} writers at once`, {
  timeout: 900_000,
}, async () => {
  arena = await Arena.create(inject("adminUrl"), [{}, { guarded: false }], 1);
  await arena.addUsers(USERS);
  arena.startEngine();
  let left = COMMITS;
  await arena.withCentre(async (sql) => {
    const write = async (writer: number) => {
      while (left > 0) {
        const turn = left--;
        await sql.begin(async (tx) => {
          await tx`update user_profiles set team = ${`${writer}.${turn}`}
            where id = ${`u${1 + ((turn * 7 + writer) % USERS)}`}`;
          await tx`select pg_sleep(${((turn * 13) % 40) / 1_000}::float8)`;
        });
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  }, WRITERS);
  const [row] = await arena.centre.sql`select sum(version - 1)::int as commits from user_profiles`;
  expect(row).toEqual({ commits: COMMITS });
  await untilTrue(arena, 300_000);
});

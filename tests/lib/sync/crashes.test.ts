import { describe, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { CRASH_POINTS } from "@/tests/support/faults/crash-points";
import { untilTrue } from "@/tests/support/faults/truth";
import { mapSome } from "@/tests/support/map-some";

const RESUME_MS = 15_000;

type Point = (typeof CRASH_POINTS)[number];

/** How long it takes from the death of a worker to a site that equals the centre again, in milliseconds. */
async function killAndResume(point: Point, guarded: boolean): Promise<number> {
  const arena = await Arena.create(inject("adminUrl"), [{ guarded }]);
  const { sql } = arena.centre;
  try {
    await sql`
      insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 60) n`;
    const first = arena.startEngine();
    await untilTrue(arena, 15_000);
    await first.stop();
    await sql`update user_profiles set full_name = 'Changed' where id <> 'u1'`;
    await sql`delete from user_profiles where id = 'u3'`;
    await sql`update user_profiles set status = 'inactive' where id = 'u2'`;
    await sql.begin(async (tx) => {
      await tx`update user_profiles set email = 'on the way' where id = 'u5'`;
      await tx`update user_profiles set email = 'u5@example.com' where id = 'u6'`;
      await tx`update user_profiles set email = 'u6@example.com' where id = 'u5'`;
    });
    const doomed = await arena.startWorker({ crash: { point, signal: "SIGKILL", passage: 1 } });
    await doomed.ended;
    const died = Date.now();
    arena.startEngine();
    await sql`update user_profiles set team = 'After' where id = 'u4'`;
    await untilTrue(arena, RESUME_MS);
    return Date.now() - died;
  } finally {
    await arena.close();
  }
}

describe("kill -9 of a worker", () => {
  test("at every crash point loses nothing, and another one delivers again within 15 s", {
    timeout: 120_000,
  }, async () => {
    // More at once would measure how long so many workers take to start.
    const took = await mapSome(
      [...CRASH_POINTS.entries()],
      async ([n, point]) => [point, await killAndResume(point, n % 2 === 0)] as const,
      6,
    );
    process.stdout.write(`      delivering again, in ms: ${JSON.stringify(Object.fromEntries(took))}\n`);
    for (const [point, milliseconds] of took) expect(milliseconds, point).toBeLessThan(RESUME_MS);
  });
});

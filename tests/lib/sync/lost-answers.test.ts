import { afterEach, describe, expect, inject, test } from "vitest";
import type { Engine } from "@/lib/sync/engine";
import { full } from "@/tests/support/acceptance";
import { Arena } from "@/tests/support/faults/arena";
import { wrongEffectsSince } from "@/tests/support/faults/effects";
import { until, untilTrue } from "@/tests/support/faults/truth";

const SECONDS = full ? 60 : 4;
const PATIENCE_MS = 60_000;
/** Of 200 users, those whose ids sort before "u15" come and go. */
const LEAVERS = "u15";

let arena: Arena;

afterEach(async () => await arena.close());

/** Changes everybody, and waits until every site has seen a batch of it and nobody has heard of it. */
async function loseBatches(turn: number, engine: Engine): Promise<void> {
  const { sql } = arena.centre;
  const before = arena.everySite.map(({ proxy }) => proxy.forwarded);
  await arena.changeEverybody(`T${turn}`);
  await sql`update user_profiles set status = ${turn % 2 ? "active" : "inactive"} where id < ${LEAVERS}`;
  await until("a batch reaches every site", PATIENCE_MS, async () => {
    await sql`select sync_retry(null, null)`; // not to wait for the sites' turns
    engine.wake();
    return arena.everySite.every(({ proxy }, site) => proxy.forwarded > (before[site] ?? 0));
  });
}

describe("sites whose answers are lost", () => {
  test.each(["loseAnswer", "resetInBody", "halfOpen"] as const)(
    `are exact after every batch for ${SECONDS} s landed and was not heard of (%s)`,
    { timeout: 1_000 * SECONDS + 3 * PATIENCE_MS },
    async (kind) => {
      arena = await Arena.create(inject("adminUrl"), [{}, { guarded: false, removal: "deactivate" }], 1);
      await arena.addUsers(200);
      const engine = arena.startEngine({ siteTimeoutMs: 300 });
      await untilTrue(arena, PATIENCE_MS);
      for (const { proxy } of arena.everySite) await proxy.set({ kind });
      const before = arena.everySite.map(({ proxy }) => proxy.forwarded);
      const end = Date.now() + 1_000 * SECONDS;
      for (let turn = 0; Date.now() < end; turn++) await loseBatches(turn, engine);
      expect(await arena.count(`user_sync_status where status = 'synced' and user_id > '${LEAVERS}'`)).toBe(
        0,
      );
      const lost = arena.everySite.map(({ proxy }, site) => proxy.forwarded - (before[site] ?? 0));
      process.stdout.write(`      ${kind}: ${lost} answers lost\n`);
      for (const { proxy } of arena.everySite) await proxy.set({ kind: "none" });
      await arena.untilWell();
      await untilTrue(arena, PATIENCE_MS);
      expect(await wrongEffectsSince(arena)).toEqual([]);
    },
  );
});

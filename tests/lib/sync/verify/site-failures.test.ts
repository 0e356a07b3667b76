import { afterEach, expect, inject, test } from "vitest";
import type { SideLoop } from "@/lib/sync/side-loop";
import { Arena } from "@/tests/support/faults/arena";
import { untilTrue } from "@/tests/support/faults/truth";
import { readVerification, requestVerify, startTestVerifier, verified } from "@/tests/support/verification";

let arena: Arena;
let verifier: SideLoop;

afterEach(async () => {
  await verifier.stop();
  await arena.close();
});

async function begin() {
  arena = await Arena.create(inject("adminUrl"), [{}]);
  await arena.addUsers(120);
  arena.startEngine();
  await untilTrue(arena, 30_000);
  const [site] = arena.sites;
  if (!site) throw new Error("The arena has a site");
  return site;
}

test("a site that does not answer is asked again, and the comparison goes on", {
  timeout: 60_000,
}, async () => {
  const { proxy } = await begin();
  await proxy.set({ kind: "throttle", status: 429, retryAfterSeconds: 1 });
  verifier = startTestVerifier(arena);
  const id = await requestVerify(arena);
  await expect
    .poll(async () => (await readVerification(arena, id)).errorCode, { timeout: 20_000 })
    .toBe("throttled");
  await proxy.set({ kind: "none" });
  expect(await verified(arena, id)).toMatchObject({ equal: 120, errorCode: null });
});

test("a site that refuses ends the comparison with its reason, and nobody counts as seen or missing", {
  timeout: 60_000,
}, async () => {
  const { project } = await begin();
  await project.sql`alter table user_profiles rename column team to squad`;
  await project.reloadSchema();
  verifier = startTestVerifier(arena);
  const found = await verified(arena, await requestVerify(arena));
  expect(found).toMatchObject({ errorCode: "column_missing", missing: 0, items: [] });
  expect(
    await arena.centre
      .sql`select status, count(verified_at)::int as seen from user_sync_status group by status`,
  ).toEqual([{ status: "synced", seen: 0 }]);
});

test("a site whose statements take too long is read in smaller pages", { timeout: 60_000 }, async () => {
  await begin();
  let asked = 0;
  verifier = startTestVerifier(arena, (reader) => ({
    ...reader,
    after: async (cursor, limit) => {
      asked = limit;
      if (limit > 60) return { code: "too_large", message: "The site could not take this much at once." };
      return await reader.after(cursor, limit);
    },
  }));
  expect(await verified(arena, await requestVerify(arena))).toMatchObject({ equal: 120, errorCode: null });
  expect(asked).toBeLessThanOrEqual(62);
});

test("a comparison ends when the site is paused or gets another database", { timeout: 60_000 }, async () => {
  const { id: siteId } = await begin();
  const { sql } = arena.centre;
  const paused = await requestVerify(arena);
  await sql`update connected_sites set status = 'paused'`;
  verifier = startTestVerifier(arena);
  expect(await verified(arena, paused)).toMatchObject({ errorCode: "site_paused" });
  await verifier.stop();
  await sql`update connected_sites set status = 'active'`;
  const moved = await requestVerify(arena);
  await sql`update connected_sites set generation = generation + 1 where id = ${siteId}`;
  verifier = startTestVerifier(arena);
  expect(await verified(arena, moved)).toMatchObject({ errorCode: "site_changed" });
  await sql`select site_disconnect(${siteId})`;
  expect(await arena.count("site_verifications")).toBe(0);
});

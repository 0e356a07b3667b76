import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeEach(async () => {
  centre = await createCentre();
});
afterEach(async () => await centre.close());

/** Twice as many pairs as one step walks over. */
const USERS = 50_000;

async function addSite(name: string): Promise<string> {
  const [site] = await centre.sql`
    insert into connected_sites (name, url, status) values (${name}, 'https://site.example', 'paused') returning id`;
  const id = String(site?.id);
  await centre.sql`
    insert into user_sync_state (user_id, site_id, desired_version)
    select 'u' || n, ${id}, nextval('sync_version_seq') from generate_series(1, ${USERS}::integer) n`;
  return id;
}

async function pairsOf(site: string): Promise<number> {
  const [row] =
    await centre.sql`select count(*)::integer as pairs from user_sync_state where site_id = ${site}`;
  return Number(row?.pairs);
}

async function maintain(): Promise<boolean> {
  const [row] = await centre.sql`select sync_maintain() as left`;
  return row?.left === true;
}

test("a large site is disconnected at once, its pairs are forgotten step by step, and no other one's", async () => {
  const [leaving, staying] = [await addSite("leaving"), await addSite("staying")];
  await centre.sql`select site_disconnect(${leaving})`;
  const left = await pairsOf(leaving);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(USERS);
  while (await maintain());
  expect(await pairsOf(leaving)).toBe(0);
  expect(await pairsOf(staying)).toBe(USERS);
  expect(await maintain()).toBe(false);
});

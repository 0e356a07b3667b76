import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeEach(async () => {
  centre = await createCentre();
});
afterEach(async () => await centre.close());

test("users who will be new at a site are counted some at a time, by any worker", async () => {
  const { sql } = centre;
  await sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 7) n`;
  await sql`update user_profiles set status = 'inactive' where id = 'u7'`;
  const [site] =
    await sql`insert into connected_sites (name, url) values ('shop', 'https://shop.example') returning id`;
  const id = String(site?.id);
  await sql`select take_over_begin(s, null) from connected_sites s`;
  await sql`insert into site_take_over_matches (site_id, user_id, key, pass, matched_by) values (${id}, 'u1', 'a', 1, '{email}')`;
  await sql`insert into user_sync_state (user_id, site_id, desired_version, written) values ('u4', ${id}, 1, true)`;
  const step = async () =>
    (await sql`select take_over_count_users(t, 2) as done from site_take_overs t`)[0]?.done;
  expect([await step(), await step(), await step(), await step()]).toEqual([false, false, false, true]);
  const [row] = await sql`select groups, cursor from site_take_overs`;
  expect(row).toEqual({ groups: { only_here: 4 }, cursor: "u6" });
});

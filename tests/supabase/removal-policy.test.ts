import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeEach(async () => {
  centre = await createCentre();
});
afterEach(async () => await centre.close());

test("another removal policy is for everybody who left, whatever their pair is, and for nobody else", async () => {
  const { sql } = centre;
  await sql`insert into connected_sites (name, url) values ('shop', 'https://shop.example'), ('other', 'https://other.example')`;
  const states = [
    "removed",
    "out_of_scope",
    "kept",
    "held",
    "different",
    "missing",
    "extra",
    "retrying",
    "failed",
    "pending",
    "synced",
  ];
  // Of each state one who left, one who is active, one who is gone, and one who was never there.
  await sql`insert into user_profiles (id, email, status)
    select k || ' ' || s, replace(k || s, ' ', '') || '@example.com', case k when 'active' then k else 'inactive' end
    from unnest(${sql.array(states)}::text[]) s, unnest('{left,active,never}'::text[]) k`;
  await sql`insert into user_sync_state (user_id, site_id, desired_version, synced_version, status, written)
    select k || ' ' || s, c.id, 2, case when s in ('retrying', 'failed', 'pending') then 1 else 2 end, s, k <> 'never'
    from connected_sites c, unnest(${sql.array(states)}::text[]) s, unnest('{left,active,never,gone}'::text[]) k`;
  await sql`select setval('sync_version_seq', 100)`;
  await sql`select site_set_removal(id, 'delete', null) from connected_sites where name = 'shop'`;
  const due = await sql`
    select p.user_id, c.name from user_sync_state p join connected_sites c on c.id = p.site_id
    where p.desired_version > 100`;
  const leaving = states
    .filter((state) => state !== "synced")
    .flatMap((state) => [`left ${state}`, `gone ${state}`]);
  expect(due.map(({ user_id }) => user_id).sort()).toEqual([...leaving, "active out_of_scope"].sort());
  expect(new Set(due.map(({ name }) => name))).toEqual(new Set(["shop"]));
});

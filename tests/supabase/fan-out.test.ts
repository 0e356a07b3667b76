import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeEach(async () => {
  centre = await createCentre();
});
afterEach(() => centre.close());

async function fanOut(): Promise<{ users: number; more: boolean }> {
  const [row] = await centre.sql`select sync_fan_out() as answer`;
  const { users, more } = row?.answer ?? {};
  return { users, more };
}

const announcedAt = async () =>
  (await centre.sql`select min(enqueued_at)::text as at from pgmq.q_user_changes`)[0]?.at;

test("with a hundred sites a fan-out takes what a statement can bear, and the rest keeps its place and its time", async () => {
  await centre.sql`insert into connected_sites (name, url, credentials_sealed, key_last_four)
    select 'site ' || n, 'https://site.example', 'sealed', 'last' from generate_series(1, 100) n`;
  await centre.sql`insert into user_profiles (id, email)
    select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 490) n`;
  await centre.sql`update user_profiles set full_name = 'Ada' where id in ('u1', 'u2')`;
  const first = await announcedAt();

  expect(await fanOut()).toEqual({ users: 400, more: true });
  expect(await announcedAt()).toBe(first);
  expect(await fanOut()).toEqual({ users: 92, more: false });
  const [row] = await centre.sql`
    select count(*)::int as pairs, count(distinct user_id)::int as users from user_sync_state where desired_version > 0`;
  expect(row).toEqual({ pairs: 49_000, users: 490 });
  expect(await announcedAt()).toBeNull();
});

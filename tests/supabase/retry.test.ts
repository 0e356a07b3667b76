import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
beforeEach(async () => {
  centre = await createCentre();
});
afterEach(() => centre.close());

test("a site that many wait for is tried at once, and only who was refused is written, page by page", async () => {
  const [site] = await centre.sql`
    insert into connected_sites (name, url, health, failures, retry_at, credentials_sealed, key_last_four)
    values ('hrms', 'https://site.example', 'degraded', 3, now() + interval '1 hour', 'sealed', 'last') returning id`;
  await centre.sql`
    insert into user_sync_state (user_id, site_id, desired_version, status, attempts, due_at)
    select 'u' || n, ${site?.id}, nextval('sync_version_seq'), case when n > 5 then 'pending' else 'retrying' end,
      case when n > 5 then 0 else 2 end, case when n > 5 then now() else now() + interval '1 hour' end
    from generate_series(1, 20) n`;
  const due = async () =>
    (await centre.sql`select user_id from user_sync_state where due_at <= now() and attempts = 0`).length;
  const [page] = await centre.sql`select sync_retry_page(${site?.id}, 2)::int as pairs`;
  expect([page?.pairs, await due()]).toEqual([2, 17]);

  const versions = () =>
    centre.sql`select user_id, xmin::text from user_sync_state where status = 'pending' order by 1`;
  const before = await versions();
  const [retried] = await centre.sql`select request_retry(null, ${site?.id})::int as pairs`;
  expect([retried?.pairs, await due()]).toEqual([20, 20]);
  expect(await versions()).toEqual(before);
  expect(await centre.sql`select from connected_sites where retry_at <= now()`).toHaveLength(1);
});

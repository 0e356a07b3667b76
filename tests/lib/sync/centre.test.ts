import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import type { CentreUnderTest } from "@/tests/support/centre-contract/centre-under-test";
import { describeCentre } from "@/tests/support/centre-contract/describe-centre";
import { createModelCentre } from "@/tests/support/model/centre-port";
import { createCentre } from "@/tests/support/stack";

/** The central database of the migrations, through the API. */
async function createSqlCentre(): Promise<CentreUnderTest> {
  const project = await createCentre();
  const { sql } = project;
  return {
    centre: createCentrePort(project.url, project.secretKey, "contract"),
    putUser: async (id, fields = {}) => {
      const row = { id, email: `${id}@example.com`, ...fields };
      await sql`insert into user_profiles ${sql(row)}
        on conflict (id) do update set ${sql({ email: row.email, ...fields })}`;
    },
    deleteUser: async (id) => void (await sql`delete from user_profiles where id = ${id}`),
    connectSite: async (name, removal = "delete") => {
      const [site] = await sql`
        insert into connected_sites (name, url, removal_policy, inspected_at)
        values (${name}, 'http://127.0.0.1', ${removal}, 'infinity') returning id`;
      await sql`select site_set_credentials(${site?.id}, 'http://127.0.0.1', 'key', 'last')`;
      return String(site?.id);
    },
    syncAll: async () => void (await sql`select sync_all_start(null, 'test')`),
    syncUser: async (id) => void (await sql`select sync_user_start(${id}, 'test')`),
    retry: async () => void (await sql`select sync_retry(null, null)`),
    runsFinished: async () => (await sql`select from sync_runs where finished_at is null`).length === 0,
    status: async (siteId, userId) => {
      const [row] =
        await sql`select status from user_sync_status where site_id = ${siteId} and user_id = ${userId}`;
      return row?.status;
    },
    pass: async (seconds) => {
      await sql`update connected_sites set lease_until = lease_until - make_interval(secs => ${seconds}),
        retry_at = retry_at - make_interval(secs => ${seconds})`;
      await sql`update user_sync_state set due_at = due_at - make_interval(secs => ${seconds})`;
    },
    close: () => project.close(),
  };
}

describeCentre("the central database", createSqlCentre);
describeCentre("the model of the central database", createModelCentre);

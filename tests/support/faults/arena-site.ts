import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import { withConnection } from "@/supabase/local/database";
import { SiteProxy } from "@/tests/support/faults/site-proxy";
import { cloneProject, type TestProject } from "@/tests/support/project";
import { microseconds } from "@/tests/support/received-users";
import { type Receiver, SECRET, startReceiver } from "@/tests/support/receiver";
import { siteTemplate } from "@/tests/support/templates";

/** A user's row as text, to be compared. */
export interface SeenUser {
  row: string;
  active: boolean;
}

/** What every site has, whatever stands behind it. */
export interface AnySite {
  id: string;
  name: string;
  /** What stands between the workers and the site. */
  proxy: SiteProxy;
  removal: Removal;
  /** Whether sites of this kind are told when a user was created. */
  knowsCreation: boolean;
  /** Whether every message is compared with what is there, a removal as well. */
  ordered: boolean;
  /** Everybody who is there, with all columns; throws when that cannot be said within 5 s. */
  users(): Promise<Map<string, SeenUser>>;
  close(): Promise<void>;
}

export interface ArenaSite extends AnySite {
  project: TestProject;
}

export interface ArenaEndpoint extends AnySite {
  receiver: Receiver;
}

/** What happens to the row of a user who leaves. */
export type Removal = "delete" | "deactivate" | "keep";

export interface SiteOptions {
  removal?: Removal;
  /** Whether the site refuses older rows by trigger, as Roster's SQL for sites sets up. */
  guarded?: boolean;
}

/** A connection that PostgreSQL's death broke at the wrong moment may stay silent for ever. */
const ANSWER_MS = 5_000;

/** The columns a site receives, with times in microseconds, so that nothing is lost in conversion; `created_at` last. */
export const ROW = `jsonb_build_array(id, clerk_user_id, email, full_name, role, team, department,
  (extract(epoch from updated_at) * 1000000)::bigint, (extract(epoch from created_at) * 1000000)::bigint)`;

/** Connects a Supabase site. In these tests the engine gets the sites' keys as they are, not sealed. */
export async function startArenaSite(
  adminUrl: string,
  centre: postgres.Sql,
  name: string,
  options: SiteOptions,
): Promise<ArenaSite> {
  const { removal = "delete", guarded = true } = options;
  const project = await cloneProject(adminUrl, name, siteTemplate);
  const deactivates = removal === "deactivate";
  if (!guarded) await project.sql`drop trigger zz_user_profiles_refuse_older on user_profiles`;
  if (deactivates) {
    await project.sql`alter table user_profiles add column is_active boolean`;
    await project.reloadSchema();
  }
  const proxy = await SiteProxy.start(project.url);
  const [row] = await centre`
    insert into connected_sites (name, url, removal_policy, removal_column, removal_guard)
    values (${name}, ${proxy.url}, ${removal}, ${deactivates ? "is_active" : null}, false) returning id`;
  const id = String(row?.id);
  await centre`select site_set_credentials(${id}, ${proxy.url}, ${project.secretKey}, 'last')`;
  const read = () =>
    withConnection(project.databaseUrl, async (sql) => {
      const active = deactivates ? "is_active is true" : "true";
      const rows = await sql.unsafe(`select id, ${active} as active, ${ROW} as row from user_profiles`);
      return new Map(
        rows.map(({ id, row, active }) => [
          String(id),
          { row: JSON.stringify(row), active: active === true },
        ]),
      );
    });
  const late = async () => {
    await sleep(ANSWER_MS);
    throw new Error(`${name} does not answer`);
  };
  const users = () => Promise.race([read(), late()]);
  const close = async () => {
    await proxy.close();
    await project.close();
  };
  return { id, name, proxy, removal, knowsCreation: true, ordered: false, users, close, project };
}

/** Connects a webhook site whose receiver does what docs/receiving-users.md tells. */
export async function startArenaEndpoint(centre: postgres.Sql, name: string): Promise<ArenaEndpoint> {
  const receiver = await startReceiver();
  const proxy = await SiteProxy.start(receiver.url);
  const url = `${proxy.url}${new URL(receiver.url).pathname}`;
  const [row] = await centre`
    insert into connected_sites (name, url, kind, removal_guard)
    values (${name}, ${proxy.url}, 'webhook', false) returning id`;
  const id = String(row?.id);
  await centre`select site_set_credentials(${id}, ${url}, ${SECRET}, 'last')`;
  const users = async () =>
    new Map(
      [...receiver.store.active()].map(([userId, user]) => {
        const { id, clerk_user_id, email, full_name, role, team, department, updated_at } = user;
        const row = [id, clerk_user_id, email, full_name, role, team, department, microseconds(updated_at)];
        return [userId, { row: JSON.stringify(row), active: true }];
      }),
    );
  const close = async () => {
    await proxy.close();
    await receiver.close();
  };
  return { id, name, proxy, removal: "delete", knowsCreation: false, ordered: true, users, close, receiver };
}

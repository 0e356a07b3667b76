import { beforeEach } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { POST as createSite } from "@/app/api/sites/route";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";

/** A centre that is emptied before each test, and what fills it. Nothing syncs there: no worker runs. */
export function withIdleCentre() {
  const centre = withCentre();

  async function empty() {
    await centre().sql`
      truncate connected_sites, sync_runs, user_sync_state, user_sync_log_rows, user_sync_log_pages, sync_tallies, sync_minutes, user_jobs cascade`;
    await centre().sql`delete from user_profiles`;
    await centre().sql`delete from deleted_users`;
  }
  beforeEach(empty);

  async function addUsers(count: number) {
    await centre().sql`
      insert into user_profiles (id, email)
      select 'u' || n, 'u' || n || '@example.com' from generate_series(1, ${count}::int) n`;
  }

  async function addSite(name: string, withCredentials = true) {
    const body = { name, url: `https://${name}.example.com` };
    const { id } = await callJson<Site>(createSite, { method: "POST", body });
    const credentials = {
      supabaseUrl: `https://${name}.supabase.example`,
      supabaseKey: "sb_secret_0123456789",
    };
    if (withCredentials) await call(putCredentials, { method: "PUT", params: { id }, body: credentials });
    return id;
  }

  async function finishRun(id: string) {
    await centre().sql`update sync_run_sites set succeeded = total, finished_at = now() where run_id = ${id}`;
    await centre().sql`update sync_runs set finished_at = now() where id = ${id}`;
  }

  return { centre, empty, addUsers, addSite, finishRun };
}

export const CREDENTIALS_MISSING = "Site Supabase credentials not configured";

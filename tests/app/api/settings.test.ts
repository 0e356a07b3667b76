import { beforeAll, expect, test } from "vitest";
import { GET as audit } from "@/app/api/audit/route";
import { PATCH as changeSettings, GET as getSettings } from "@/app/api/settings/route";
import type { AuditEntry } from "@/lib/audit/schema";
import type { Page } from "@/lib/http/page";
import type { Settings } from "@/lib/settings/schema";
import { type Caller, call, callJson, withCentre } from "@/tests/app/api/call";
import { createMember, signIn } from "@/tests/app/api/people";

const centre = withCentre();
let owner: Caller;
let admin: Caller;

beforeAll(async () => {
  owner = await signIn(await createMember(centre(), "owner", "ada@example.com"));
  admin = await signIn(await createMember(centre(), "admin", "bob@example.com"));
});

const change = (body: object, as = owner) => call(changeSettings, { as, method: "PATCH", body });

test("the log is kept for 90 days until an owner says otherwise, which is written down", async () => {
  expect(await callJson<Settings>(getSettings)).toEqual({ logDays: 90 });
  expect(await (await change({ logDays: 30 })).json()).toEqual({ logDays: 30 });
  await change({ logDays: 30 });
  const path = "/api/audit?action=settings.changed";
  const { items } = await callJson<Page<AuditEntry>>(audit, { as: owner, path });
  expect(items).toHaveLength(1);
  expect(items).toMatchObject([
    { actor: { name: "ada@example.com" }, before: { log_days: 90 }, after: { log_days: 30 } },
  ]);
});

test("what is older than the setting is dropped, and nothing younger", async () => {
  const { sql } = centre();
  await change({ logDays: 30 });
  await sql`
    insert into sync_minutes (minute, site_id, succeeded, failed)
    select now() - make_interval(days => age), gen_random_uuid(), age, 0 from unnest(array[29, 31]) age`;
  await sql`select sync_log_maintain()`;
  expect(await sql`select succeeded from sync_minutes`).toEqual([{ succeeded: "29" }]);
});

test.each([6, 3651, 30.5])("%s days are refused with the reason", async (logDays) => {
  const answer = await change({ logDays });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ errors: [{ path: "logDays" }] });
});

test("an admin reads it and may not change it", async () => {
  expect((await call(getSettings, { as: admin })).status).toBe(200);
  expect((await change({ logDays: 60 }, admin)).status).toBe(403);
});

import { expect, test } from "vitest";
import { GET as listKeys } from "@/app/api/secrets/route";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { POST as createSite, GET as listSites } from "@/app/api/sites/route";
import type { Page } from "@/lib/http/page";
import type { SealingKeys } from "@/lib/secrets/schema";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";

const centre = withCentre();

test("the keys that seal are listed by name, with what each has sealed, and nothing secret", async () => {
  const body = { name: "hrms", url: "https://hrms.example.com" };
  const { id } = await callJson<Site>(createSite, { method: "POST", body });
  const credentials = { supabaseUrl: "https://hrms.supabase.example", supabaseKey: "sb_secret_0123456789ab" };
  await call(putCredentials, { method: "PUT", params: { id }, body: credentials });
  const { keys } = await callJson<SealingKeys>(listKeys);
  expect(keys).toEqual([
    { kid: "test", current: true, configured: true, sealed: 1, since: expect.stringMatching(/^\d{4}-/) },
  ]);
});

test("a key is as old as the first secret it sealed, however many it has sealed since", async () => {
  const first = "2026-01-31T09:00:00+00:00";
  await centre().sql`update sealing_keys set first_sealed_at = ${first}`;
  const [site] = (await callJson<Page<Site>>(listSites)).items;
  const credentials = { supabaseUrl: "https://hrms.supabase.example", supabaseKey: "sb_secret_another_one" };
  await call(putCredentials, { method: "PUT", params: { id: site?.id ?? "" }, body: credentials });
  expect((await callJson<SealingKeys>(listKeys)).keys).toMatchObject([{ kid: "test", since: first }]);
});

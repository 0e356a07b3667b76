import { expect, test } from "vitest";
import { GET as listKeys } from "@/app/api/secrets/route";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { POST as createSite } from "@/app/api/sites/route";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";

withCentre();

test("the keys that seal are listed by name, with what each has sealed, and nothing secret", async () => {
  const body = { name: "hrms", url: "https://hrms.example.com" };
  const { id } = await callJson<Site>(createSite, { method: "POST", body });
  const credentials = { supabaseUrl: "https://hrms.supabase.example", supabaseKey: "sb_secret_0123456789ab" };
  await call(putCredentials, { method: "PUT", params: { id }, body: credentials });
  expect(await callJson(listKeys)).toEqual({
    keys: [{ kid: "test", current: true, configured: true, sealed: 1 }],
  });
});

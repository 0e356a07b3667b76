import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { GET as getOne, PATCH } from "@/app/api/sites/[id]/route";
import { POST as testSite } from "@/app/api/sites/[id]/test/route";
import { POST } from "@/app/api/sites/route";
import { env } from "@/lib/env";
import type { Problem } from "@/lib/http/problem";
import { createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import type { ConnectionTest } from "@/lib/sites/credentials-schema";
import type { Site } from "@/lib/sites/schema";
import { callJson, withCentre } from "@/tests/app/api/call";
import { type Listener, listenAt } from "@/tests/lib/outgoing/listeners";
import { SECRET } from "@/tests/support/receiver";

// The handlers' environment allows 127.0.0.0/8 and ::1, as the demo's does.
const centre = withCentre();
let supabase: Site;
let webhook: Site;
let listener: Listener;

beforeAll(async () => {
  listener = await listenAt("0.0.0.0");
});
afterAll(async () => await listener.close());
beforeEach(async () => {
  await centre().sql`truncate connected_sites cascade`;
  supabase = await connect<Site>({ name: "hrms", url: "https://hrms.example.com" });
  webhook = await connect<Site>({ name: "cms", url: "https://cms.example.com", kind: "webhook" });
});

function connect<Answer = Problem>(body: object) {
  return callJson<Answer>(POST, { method: "POST", body });
}

const key = "sb_secret_abcdefghijklmnop";

/** Every call that takes a URL of a site, with the field it is in. */
const calls: [string, string, (url: string) => Promise<Problem>][] = [
  ["a new site", "url", (url) => connect({ name: "new", url })],
  ["a new webhook site", "url", (url) => connect({ name: "new", kind: "webhook", url })],
  ["a changed site", "url", (url) => change({ url })],
  ["credentials", "supabaseUrl", (url) => put(supabase, { supabaseUrl: url, supabaseKey: key })],
  ["a test", "supabaseUrl", (url) => tryOut(supabase, { supabaseUrl: url, supabaseKey: key })],
  ["webhook credentials", "webhookUrl", (url) => put(webhook, { webhookUrl: url })],
  ["a webhook test", "webhookUrl", (url) => tryOut(webhook, { webhookUrl: url, signingSecret: SECRET })],
];

function change(body: object) {
  return callJson<Problem>(PATCH, { method: "PATCH", params: { id: supabase.id }, body });
}

function put({ id }: Site, body: object) {
  return callJson<Problem>(putCredentials, { method: "PUT", params: { id }, body });
}

function tryOut<Answer = Problem>({ id }: Site, body: object) {
  return callJson<Answer>(testSite, { method: "POST", params: { id }, body });
}

const https = "Start with https://; http:// is for sites on this machine.";
const refusal = (host: string) =>
  `Roster does not connect to ${host}: its address is not public. ` +
  "Give a public one, or have this one named in ROSTER_ALLOW_PRIVATE_SITES.";

describe.each(calls)("the URL of %s", (_what, path, send) => {
  test.each([
    ["https://10.0.0.1", refusal("10.0.0.1")],
    ["https://0xa.1/", refusal("10.0.0.1")],
    ["https://169.254.169.254/latest/meta-data", refusal("169.254.169.254")],
    ["https://[::ffff:127.0.0.1]", refusal("::ffff:7f00:1")],
    ["https://[fd00::1]:8443", refusal("fd00::1")],
    ["https://0.0.0.0", refusal("0.0.0.0")],
    ["http://api.example.com", https],
    ["http://10.0.0.1", https],
    ["https://ada:secret@api.example.com", "Remove the user name and password from the URL."],
    ["https://@ada:@api.example.com", "Remove the user name and password from the URL."],
    ["https://api.example.com/#part", "Remove the part of the URL that begins with #."],
    ["https://api.example.com/#", "Remove the part of the URL that begins with #."],
  ])("is refused at once when it is %s", async (url, message) => {
    const problem = await send(url);
    expect(problem).toMatchObject({ status: 422, errors: [{ path, message }] });
    expect(JSON.stringify(problem)).not.toContain("secret@");
  });
});

test("an address that was saved before it was refused fails the test of the connection in words", async () => {
  await put(supabase, { supabaseUrl: `http://127.0.0.1:${listener.port}`, supabaseKey: key });
  const url = `https://0.0.0.0:${listener.port}`;
  const sealed = await createSealer(env().sealingKeys).seal(
    key,
    credentialsPlace({ id: supabase.id, kind: "supabase", url }),
  );
  await centre().sql`
    update connected_sites set endpoint_url = ${url}, credentials_sealed = ${sealed} where id = ${supabase.id}`;
  const { ok, checks } = await tryOut<ConnectionTest>(supabase, {});
  expect(ok).toBe(false);
  expect(checks[0]).toEqual({
    name: "url",
    ok: false,
    message: "Roster does not connect to 0.0.0.0: its address is not public.",
    fix: expect.stringContaining("ROSTER_ALLOW_PRIVATE_SITES"),
  });
  expect(listener.sockets()).toBe(0);
});

test("addresses that are allowed are saved, on this machine also by http", async () => {
  for (const host of ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"]) {
    await change({ url: `http://${host}:3000/app` });
    expect(await callJson<Site>(getOne, { params: { id: supabase.id } })).toMatchObject({
      url: `http://${host}:3000/app`,
    });
  }
});

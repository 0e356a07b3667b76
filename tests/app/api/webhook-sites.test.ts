import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PUT as putCredentials } from "@/app/api/sites/[id]/credentials/route";
import { DELETE, GET as getOne } from "@/app/api/sites/[id]/route";
import { POST as testSite } from "@/app/api/sites/[id]/test/route";
import { POST } from "@/app/api/sites/route";
import type { Problem } from "@/lib/http/problem";
import type { ConnectionTest, CredentialsSaved } from "@/lib/sites/credentials-schema";
import type { Site } from "@/lib/sites/schema";
import { call, callJson, deadUrl, withCentre } from "@/tests/app/api/call";
import { always, type Receiver, SECRET, startReceiver } from "@/tests/support/receiver";

const centre = withCentre();
let receiver: Receiver;
let site: Site;

beforeEach(async () => {
  await centre().sql`truncate connected_sites cascade`;
  receiver = await startReceiver();
  site = await connect("garage", "webhook");
});
afterEach(async () => {
  await receiver.close();
});

async function connect(name: string, kind: Site["kind"]) {
  const body = { name, url: `https://${name}.example.com/app/`, kind };
  return await callJson<Site>(POST, { method: "POST", body });
}

async function save<Answer = CredentialsSaved>(body: unknown, id = site.id) {
  return await callJson<Answer>(putCredentials, { method: "PUT", params: { id }, body });
}

async function runTest<Answer = ConnectionTest>(body: unknown = {}, id = site.id) {
  return await callJson<Answer>(testSite, { method: "POST", params: { id }, body });
}

/** A test's checks by name: passed, failed or not looked at. */
async function checks(body: unknown = {}) {
  const result = await runTest(body);
  return { ok: result.ok, ...Object.fromEntries(result.checks.map(({ name, ok }) => [name, ok])) };
}

describe("a webhook site", () => {
  test("is connected without credentials", () => {
    expect(site).toMatchObject({
      kind: "webhook",
      hasCredentials: false,
      webhookUrl: null,
      supabaseUrl: null,
    });
  });

  test("gets a secret made for it, which is answered once, and the usual URL", async () => {
    const { signingSecret = "", ...saved } = await save({});
    expect(Buffer.from(signingSecret.replace(/^whsec_/, ""), "base64")).toHaveLength(32);
    expect(saved).toMatchObject({
      hasCredentials: true,
      webhookUrl: "https://garage.example.com/app/api/users/sync",
      keyLastFour: signingSecret.slice(-4),
    });
    const response = await call(getOne, { params: { id: site.id } });
    const text = await response.text();
    expect(JSON.parse(text)).toEqual(saved);
    expect(text).not.toContain(signingSecret.slice(0, -4));
    const [row] = await centre().sql`select credentials_sealed from connected_sites`;
    expect(row?.credentials_sealed).toMatch(/^ey[\w-]+\.\./);
  });

  test("takes a secret that somebody else made, and does not answer it", async () => {
    const saved = await save({ webhookUrl: receiver.url, signingSecret: SECRET });
    expect(saved).toMatchObject({ webhookUrl: receiver.url, keyLastFour: SECRET.slice(-4) });
    expect(JSON.stringify(saved)).not.toContain(SECRET);
  });

  test("keeps its URL as it was entered, and when only the secret is replaced", async () => {
    await save({ webhookUrl: "https://garage.example.com/hook/?a=b" });
    expect(await save({})).toMatchObject({ webhookUrl: "https://garage.example.com/hook/?a=b" });
  });

  test("signs with a replaced secret for 24 hours, however often it is replaced, and forgets it then", async () => {
    const previous = async () => {
      const [row] = await centre().sql`select previous_secrets from connected_sites`;
      return row?.previous_secrets as { sealed: string; until: string }[];
    };
    await save({ signingSecret: SECRET });
    expect(await previous()).toEqual([]);
    await save({ signingSecret: SECRET });
    expect(await previous()).toEqual([]);
    await save({});
    const [first] = await previous();
    const hours = (Date.parse(first?.until ?? "") - Date.now()) / 3_600_000;
    expect(hours).toBeCloseTo(24, 1);
    await save({});
    expect((await previous())[1]).toEqual(first);
    for (let time = 0; time < 5; time++) await save({});
    expect(await previous()).toHaveLength(4);
    await centre().sql`
      update connected_sites set previous_secrets = (
        select jsonb_agg(p || jsonb_build_object('until', now())) from jsonb_array_elements(previous_secrets) p)`;
    await save({});
    expect(await previous()).toHaveLength(1);
    await call(DELETE, { method: "DELETE", params: { id: site.id } });
    expect(await previous()).toEqual([]);
  });

  test("refuses what is no secret, and names the field", async () => {
    for (const signingSecret of ["", "secret", "whsec_short", "whsec_", `whsec_${"A".repeat(33)}`]) {
      const problem = await save<Problem>({ signingSecret });
      expect(problem).toMatchObject({ status: 422, errors: [{ path: "signingSecret" }] });
      if (signingSecret.length > 6) expect(JSON.stringify(problem)).not.toContain(signingSecret);
    }
  });

  test("refuses the credentials of the other kind, field by field", async () => {
    const problem = await save<Problem>({ supabaseUrl: "https://a.supabase.co", supabaseKey: "sb_secret_1" });
    expect(problem).toMatchObject({
      status: 422,
      errors: [{ path: "supabaseUrl" }, { path: "supabaseKey" }],
    });
    expect(problem.errors?.[0]?.message).toContain("webhookUrl");
    const hrms = await connect("hrms", "supabase");
    const other = await save<Problem>({ webhookUrl: receiver.url }, hrms.id);
    expect(other).toMatchObject({ status: 422, errors: [{ path: "webhookUrl" }] });
    expect(await runTest({ signingSecret: SECRET }, hrms.id)).toMatchObject({ status: 422 });
  });
});

describe("a connection test of a webhook site", () => {
  const good = { url: true, signature: true, answer: true, forgery: true };

  test("sends a signed ping and one with a wrong signature, and no user", async () => {
    const given = { webhookUrl: receiver.url, signingSecret: SECRET };
    expect(await checks(given)).toEqual({ ok: true, ...good });
    expect(receiver.deliveries.map(({ body }) => body.event)).toEqual(["ping"]);
    expect(receiver.users()).toEqual([]);
  });

  test("of what is saved lets a blocked site go on", async () => {
    await save({ webhookUrl: receiver.url, signingSecret: SECRET });
    await centre().sql`update connected_sites set health = 'blocked', error_code = 'endpoint_gone'`;
    expect(await checks()).toMatchObject({ ok: true });
    expect(await callJson(getOne, { params: { id: site.id } })).toMatchObject({ health: "ok" });
  });

  test("without anything saved says that credentials are not configured", async () => {
    expect(await runTest<Problem>()).toMatchObject({
      status: 409,
      code: "credentials_missing",
      detail: "Site webhook credentials not configured",
    });
    const problem = await runTest<Problem>({ webhookUrl: receiver.url });
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "signingSecret" }] });
  });

  test("says that the site still has the old secret while that one signs too", async () => {
    await save({ webhookUrl: receiver.url, signingSecret: SECRET });
    await save({});
    const result = await runTest();
    expect(result.ok).toBe(true);
    expect(result.checks[1]).toMatchObject({ name: "signature", ok: false, fix: expect.any(String) });
  });

  test("warns of an endpoint that takes a wrong signature too", async () => {
    const careless = createServer((_request, response) => response.end()).listen(0, "127.0.0.1");
    await once(careless, "listening");
    const webhookUrl = `http://127.0.0.1:${(careless.address() as AddressInfo).port}`;
    expect(await checks({ webhookUrl, signingSecret: SECRET })).toEqual({
      ok: true,
      ...good,
      forgery: false,
    });
    careless.close().closeAllConnections();
  });

  const nothing = { signature: null, answer: null, forgery: null };

  test.each([
    ["404", always(404), { ok: false, ...nothing, url: false }],
    ["a redirect", always(302, { location: "/" }), { ok: false, ...nothing, url: false }],
    ["a server error", always(500), { ok: false, ...nothing, url: false }],
    ["a web page", always(200, {}, "<!doctype html>"), { ok: false, ...nothing, url: false }],
    ["401", always(401), { ok: false, url: true, signature: false, answer: null, forgery: null }],
    ["422", always(422), { ok: false, url: true, signature: null, answer: false, forgery: null }],
    ["429", always(429), { ok: false, url: true, signature: null, answer: false, forgery: null }],
  ])("understands %s", async (_name, respond, expected) => {
    receiver.respond(respond);
    const body = { webhookUrl: receiver.url, signingSecret: SECRET };
    expect(await checks(body)).toEqual(expected);
    const failed = (await runTest(body)).checks.find(({ ok }) => ok === false);
    expect(failed).toMatchObject({
      message: expect.stringMatching(/\.$/),
      fix: expect.stringMatching(/\.$/),
    });
  });

  test("understands that nothing listens there", async () => {
    const result = await runTest({ webhookUrl: await deadUrl(), signingSecret: SECRET });
    expect(result.checks[0]).toMatchObject({ name: "url", ok: false });
    expect(result.checks[0]?.message).toContain("refused");
  });
});

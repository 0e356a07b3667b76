import { beforeAll, describe, expect, test } from "vitest";
import { DELETE } from "@/app/api/keys/[id]/route";
import { GET as list, POST } from "@/app/api/keys/route";
import { POST as testSite } from "@/app/api/sites/[id]/test/route";
import { POST as createUser, GET as listUsers } from "@/app/api/users/route";
import { createApiKey, hashSecret } from "@/lib/access/api-key";
import { CONNECTION_TESTS, KEY_REQUESTS } from "@/lib/access/limits";
import type { Page } from "@/lib/http/page";
import type { Problem } from "@/lib/http/problem";
import { type ApiKey, type CreatedKey, KEY_SCOPES } from "@/lib/keys/schema";
import { addKey, type Caller, call, callJson, withCentre } from "@/tests/app/api/call";
import { memberSession } from "@/tests/app/api/people";

const centre = withCentre();
let owner: Caller;

beforeAll(async () => {
  owner = await memberSession(centre(), "owner");
});

const holder = (key: string): Caller => ({ authorization: `Bearer ${key}` });
const create = (body: object) => callJson<CreatedKey>(POST, { as: owner, method: "POST", body });
const revoke = (id: string) => call(DELETE, { as: owner, method: "DELETE", params: { id } });

describe("an API key", () => {
  test("is shown once, with what it may do, and kept as a hash", async () => {
    const answer = await call(POST, {
      as: owner,
      method: "POST",
      body: { name: " Backup ", scopes: ["users:read"], expiresInDays: 30 },
    });
    const { key, ...shown } = (await answer.json()) as CreatedKey;
    expect(answer.status).toBe(201);
    expect(key).toMatch(/^roster_[0-9A-Za-z]{49}$/);
    expect(shown).toMatchObject({ name: "Backup", scopes: ["users:read"], hint: `roster_…${key.slice(-4)}` });
    expect(shown.createdBy).toMatch(/@example\.com$/);
    expect(shown.expiresAt?.slice(0, 10)).toBe(
      new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
    );
    const page = await call(list, { as: owner });
    const text = await page.text();
    expect((JSON.parse(text) as Page<ApiKey>).items[0]).toEqual(shown);
    expect(text).not.toContain(key);
    const [row] = await centre()
      .sql`select key_hash, api_keys::text as whole from api_keys where id = ${shown.id}`;
    expect(row?.key_hash).toBe(hashSecret(key));
    expect(row?.whole).not.toContain(key.slice(7, 40));
  });

  test("may do what its scopes say, and nothing else", async () => {
    const { key } = await create({ name: "reader", scopes: ["users:read"] });
    expect((await call(listUsers, { as: holder(key) })).status).toBe(200);
    const refused = await callJson<Problem>(createUser, { as: holder(key), method: "POST", body: {} });
    expect(refused).toMatchObject({ status: 403, detail: "This key lacks the scope users:write." });
  });

  test("cannot make keys or members, whatever its scopes", async () => {
    const { key } = await create({ name: "all", scopes: [...KEY_SCOPES] });
    expect((await call(list, { as: holder(key) })).status).toBe(403);
    const body = { name: "more", scopes: ["users:read"] };
    expect((await call(POST, { as: holder(key), method: "POST", body })).status).toBe(403);
  });

  test("that is revoked is refused from the next request on, and leaves the list", async () => {
    const { id, key } = await create({ name: "gone", scopes: ["users:read"] });
    expect((await call(listUsers, { as: holder(key) })).status).toBe(200);
    const revoked = (await (await revoke(id)).json()) as ApiKey;
    expect(revoked).toMatchObject({ id, name: "gone", lastUsedAt: expect.stringContaining("T") });
    expect((await call(listUsers, { as: holder(key) })).status).toBe(401);
    const { items } = await callJson<Page<ApiKey>>(list, { as: owner });
    expect(items.map((item) => item.id)).not.toContain(id);
    expect((await revoke(id)).status).toBe(404);
  });

  test("that is unknown, revoked or expired is refused in the same words", async () => {
    const expired = createApiKey();
    await addKey(centre(), expired, KEY_SCOPES, new Date(Date.now() - 1000));
    const { id, key: revoked } = await create({ name: "gone", scopes: ["users:read"] });
    await revoke(id);
    const details = await Promise.all(
      [createApiKey(), expired, revoked].map(async (key) => {
        const problem = await callJson<Problem>(listUsers, { as: holder(key) });
        return [problem.status, problem.detail];
      }),
    );
    expect(new Set(details.map(String)).size).toBe(1);
    expect(details[0]?.[0]).toBe(401);
  });

  test("that is mistyped is refused without asking the database", async () => {
    const key = createApiKey();
    const last = key.at(-1) === "A" ? "B" : "A";
    for (const wrong of [
      key.slice(0, -1) + last,
      key.slice(0, -1),
      `${key}A`,
      key.replace("roster", "router"),
      "x",
    ]) {
      const problem = await callJson<Problem>(listUsers, { as: holder(wrong) });
      expect(problem).toMatchObject({ status: 401, detail: expect.stringContaining("not an API key") });
    }
    const basic = { authorization: `Basic ${key}` };
    const answer = await call(listUsers, { as: basic });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test.each([
    [{ name: "", scopes: ["users:read"] }, "name"],
    [{ name: "x", scopes: [] }, "scopes"],
    [{ name: "x", scopes: ["access:manage"] }, "scopes.0"],
    [{ name: "x", scopes: ["users:read", "users:read"] }, "scopes"],
    [{ name: "x", scopes: ["users:read"], expiresInDays: 3651 }, "expiresInDays"],
  ])("is not made of %j", async (body, path) => {
    const problem = await callJson<Problem>(POST, { as: owner, method: "POST", body });
    expect(problem).toMatchObject({ status: 422, errors: [{ path }] });
  });

  test("is stopped for the rest of the minute when it asks too often, and no other key with it", async () => {
    const { id, key } = await create({ name: "busy", scopes: ["users:read"] });
    await fill(`${KEY_REQUESTS.bucket}:key:${id}`, KEY_REQUESTS.allowed - 1);
    expect((await call(listUsers, { as: holder(key) })).status).toBe(200);
    const answer = await call(listUsers, { as: holder(key) });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ code: "rate_limited" });
    expect((await call(listUsers)).status).toBe(200);
  });
});

test("tests of connections are limited for each member and key", async () => {
  const { id, key } = await create({ name: "tester", scopes: ["sites:write"] });
  await fill(`${CONNECTION_TESTS.bucket}:key:${id}`, CONNECTION_TESTS.allowed);
  const run = (as: Caller) => call(testSite, { as, method: "POST", params: { id }, body: {} });
  expect((await run(holder(key))).status).toBe(429);
  expect((await run(owner)).status).toBe(404);
});

async function fill(bucket: string, hits: number) {
  await centre().sql`
    insert into rate_limits (bucket, hits, resets_at) values (${bucket}, ${hits}, now() + interval '1 minute')
    on conflict (bucket) do update set hits = excluded.hits`;
}

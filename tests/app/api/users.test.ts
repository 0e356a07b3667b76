import { beforeEach, describe, expect, test, vi } from "vitest";
import { POST as reactivate } from "@/app/api/users/[id]/reactivate/route";
import { DELETE, GET as getOne, PATCH } from "@/app/api/users/[id]/route";
import { GET as list, POST } from "@/app/api/users/route";
import type { Page } from "@/lib/http/page";
import type { Problem } from "@/lib/http/problem";
import type { User } from "@/lib/users/schema";
import { onWake } from "@/lib/wake";
import { call, callJson, withCentre } from "@/tests/app/api/call";

const centre = withCentre();

beforeEach(async () => {
  await centre().sql`delete from user_profiles`;
});

function create(body: unknown) {
  return callJson<User>(POST, { method: "POST", body });
}

async function emails(path: string) {
  const page = await callJson<Page<User>>(list, { path });
  return page.items.map((user) => user.email);
}

describe("creating", () => {
  test("a user is answered whole, with what was left out filled in", async () => {
    const response = await call(POST, {
      method: "POST",
      body: { email: " Ada@Example.com ", full_name: "Ada" },
    });
    const user = (await response.json()) as User;
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(user).toMatchObject({
      email: "Ada@Example.com",
      full_name: "Ada",
      role: "user",
      status: "active",
    });
    expect(user).toMatchObject({ clerk_user_id: user.id, team: null, department: null, version: 1 });
  });

  test("the change is in the queue and the worker is woken", async () => {
    const woken = vi.fn();
    onWake(woken);
    await create({ id: "u1", email: "ada@example.com" });
    onWake(undefined);
    expect(woken).toHaveBeenCalledOnce();
    const messages = await centre().sql`select from pgmq.q_user_changes where message -> 'ids' ? 'u1'`;
    expect(messages).toHaveLength(1);
  });

  test("every field that is taken is named, the e-mail without regard to case", async () => {
    await create({ id: "u1", email: "ada@example.com", clerk_user_id: "clerk_1" });
    const body = { id: "u1", email: "ADA@example.com", clerk_user_id: "clerk_1" };
    const problem = await callJson<Problem>(POST, { method: "POST", body });
    expect(problem).toMatchObject({ status: 409, code: "conflict" });
    expect(problem.errors?.map((error) => error.path)).toEqual(["id", "email", "clerk_user_id"]);
  });

  test("an id that is somebody's Clerk id is taken", async () => {
    await create({ id: "u1", email: "ada@example.com", clerk_user_id: "u2" });
    const problem = await callJson<Problem>(POST, {
      method: "POST",
      body: { id: "u2", email: "b@example.com" },
    });
    expect(problem.errors).toEqual([{ path: "id", message: "Another user has this id as its Clerk id." }]);
  });

  test("signs with a meaning in patterns are not one in an e-mail", async () => {
    await create({ email: "a.b+c@example.com" });
    const user = await create({ email: "axb+c@example.com" });
    expect(user.email).toBe("axb+c@example.com");
  });

  test("an id that no address can hold is refused", async () => {
    for (const id of [".", ".."]) {
      const problem = await callJson<Problem>(POST, {
        method: "POST",
        body: { id, email: "ada@example.com" },
      });
      expect(problem).toMatchObject({ status: 422, errors: [{ path: "id" }] });
    }
    expect(await create({ id: "...", email: "ada@example.com" })).toMatchObject({ id: "..." });
  });

  test("a refused user leaves nothing behind", async () => {
    await call(POST, { method: "POST", body: { email: "ada@example.com", role: 7 } });
    expect(await emails("/api/users")).toEqual([]);
  });
});

describe("one user", () => {
  test("is read, changed in the given fields only, and made active and inactive any number of times", async () => {
    const params = { id: "a@b|c:d" };
    await create({ id: params.id, email: "ada@example.com", team: "Engines" });
    const patch = { email: "countess@example.com", team: "" };
    const changed = await callJson<User>(PATCH, { method: "PATCH", params, body: patch });
    expect(changed).toMatchObject({ id: params.id, email: "countess@example.com", team: null, version: 2 });
    for (const _ of [1, 2]) {
      expect(await callJson(DELETE, { method: "DELETE", params })).toMatchObject({
        status: "inactive",
        version: 3,
      });
    }
    for (const _ of [1, 2]) {
      expect(await callJson(reactivate, { method: "POST", params })).toMatchObject({
        status: "active",
        version: 4,
      });
    }
    expect(await callJson(getOne, { params })).toMatchObject({ id: params.id, status: "active" });
  });

  test("that is not there is a 404 that says so, whatever is done to it", async () => {
    const params = { id: "nobody" };
    for (const response of [
      await call(getOne, { params }),
      await call(PATCH, { method: "PATCH", params, body: { team: "x" } }),
      await call(DELETE, { method: "DELETE", params }),
      await call(reactivate, { method: "POST", params }),
    ]) {
      const problem = (await response.json()) as Problem;
      expect(problem).toMatchObject({
        status: 404,
        code: "not_found",
        detail: "No user has this id.",
      });
    }
  });

  test("cannot take another one's e-mail, but keeps its own", async () => {
    await create({ id: "u1", email: "ada@example.com" });
    await create({ id: "u2", email: "bob@example.com" });
    const params = { id: "u2" };
    const problem = await callJson<Problem>(PATCH, {
      method: "PATCH",
      params,
      body: { email: "Ada@example.com" },
    });
    expect(problem).toMatchObject({ status: 409, errors: [{ path: "email" }] });
    const kept = await callJson<User>(PATCH, { method: "PATCH", params, body: { email: "BOB@example.com" } });
    expect(kept.email).toBe("BOB@example.com");
  });
});

describe("the list", () => {
  test("pages through users of the same moment without losing or repeating one", async () => {
    await centre().sql`
      insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 25) n`;
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Page<User> = await callJson(list, { path: `/api/users?limit=7&cursor=${cursor}` });
      seen.push(...page.items.map((user) => user.id));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });

  test("pages through users made one after the other, newest first", async () => {
    for (const n of [1, 2, 3]) await create({ email: `u${n}@example.com` });
    const first = await callJson<Page<User>>(list, { path: "/api/users?limit=2" });
    expect(first.items.map((user) => user.email)).toEqual(["u3@example.com", "u2@example.com"]);
    expect(await emails(`/api/users?limit=2&cursor=${first.nextCursor}`)).toEqual(["u1@example.com"]);
  });

  test.each([
    ["ADA", "ada@example.com"],
    ["lace, (the", "ada@example.com"],
    ["100%", "percent@example.com"],
    ["under_score", "percent@example.com"],
    ['say "hi"', "quote@example.com"],
    ["back\\slash", "quote@example.com"],
    ["two*stars", "quote@example.com"],
    ["ID.1", "ada@example.com"],
  ])("a search for %s finds it and nothing else", async (search, expected) => {
    await create({ id: "id.1", email: "ada@example.com", full_name: "Love, Lace, (the first)" });
    await create({ id: "id.2", email: "percent@example.com", full_name: "100% under_score" });
    await create({ id: "id.3", email: "quote@example.com", full_name: 'say "hi" back\\slash two*stars' });
    await create({
      id: "id04",
      email: "plain@example.com",
      full_name: "1000 underscore backslash two stars",
    });
    expect(await emails(`/api/users?search=${encodeURIComponent(search)}`)).toEqual([expected]);
  });

  test("filters by status and team", async () => {
    await create({ id: "u1", email: "a@example.com", team: "Red" });
    await create({ id: "u2", email: "b@example.com", team: "Red" });
    await create({ id: "u3", email: "c@example.com", team: "Blue" });
    await call(DELETE, { method: "DELETE", params: { id: "u2" } });
    expect(await emails("/api/users?team=Red&status=active")).toEqual(["a@example.com"]);
  });

  test("refuses a cursor that it did not make", async () => {
    const problem = await callJson<Problem>(list, { path: "/api/users?cursor=abc" });
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "cursor" }] });
  });
});

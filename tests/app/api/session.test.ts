import { beforeAll, describe, expect, test, vi } from "vitest";
import { PATCH as changeRole, DELETE as removeMember } from "@/app/api/members/[id]/route";
import { POST as signInRoute, DELETE as signOut, GET as whoAmI } from "@/app/api/session/route";
import { GET as signInOptions } from "@/app/api/sign-in-options/route";
import { POST as createUser, GET as listUsers } from "@/app/api/users/route";
import type { Problem } from "@/lib/http/problem";
import { type Caller, call, callJson, nobody, script, withCentre } from "@/tests/app/api/call";
import {
  createAccount,
  createMember,
  memberSession,
  type Person,
  sessionOf,
  signIn,
} from "@/tests/app/api/people";

const centre = withCentre();
let owner: Caller;

beforeAll(async () => {
  owner = await memberSession(centre(), "owner");
});

function trySignIn(body: unknown, headers: Record<string, string> = {}) {
  return call(signInRoute, { method: "POST", as: nobody, body, headers });
}

function statusFor(as: Caller) {
  return call(whoAmI, { as }).then(({ status }) => status);
}

describe("signing in", () => {
  test("sets cookies that scripts in the page cannot read, and tells who is signed in", async () => {
    const ada = await createMember(centre(), "admin", "ada@example.com");
    const answer = await trySignIn({ email: " ADA@example.com", password: ada.password });
    expect([answer.status, await answer.json()]).toEqual([200, { member: true }]);
    for (const cookie of answer.headers.getSetCookie()) {
      expect(cookie).toMatch(/^roster[^;]*; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
    }
    const session = await callJson(whoAmI, { as: sessionOf(answer) });
    expect(session).toEqual({ id: ada.id, email: "ada@example.com", role: "admin" });
  });

  test("works for an account that is no member, which may then do nothing", async () => {
    const answer = await trySignIn(credentials(await createAccount(centre())));
    expect(await answer.json()).toEqual({ member: false });
    const as = sessionOf(answer);
    for (const handler of [whoAmI, listUsers]) {
      const problem = await callJson<Problem>(handler, { as });
      expect(problem).toMatchObject({ status: 403, code: "forbidden" });
      expect(problem.detail).toContain("is not a member");
    }
  });

  test("with a wrong password and with an unknown address is refused in the same words", async () => {
    const { email } = await createMember(centre(), "viewer");
    const details = await Promise.all(
      [email, "nobody@example.com"].map(async (one) => {
        const answer = await trySignIn({ email: one, password: "a guess" });
        expect(answer.headers.getSetCookie()).toEqual([]);
        return (await answer.json()) as Problem;
      }),
    );
    const [first, second] = details.map(({ status, code, detail }) => ({ status, code, detail }));
    expect(first).toEqual(second);
    expect(first).toMatchObject({ status: 401, code: "unauthorized" });
  });

  test.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ origin: "http://127.0.0.1:4000" }],
  ])("from another page is refused: %j", async (headers) => {
    const person = await createMember(centre(), "viewer");
    const answer = await trySignIn(credentials(person), headers);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
  });
});

describe("a session", () => {
  test("does not count where there is a key, even a wrong one", async () => {
    const session = await memberSession(centre(), "owner");
    const headers = { authorization: "Bearer x" };
    expect(await callJson(listUsers, { as: session, headers })).toMatchObject({ status: 401 });
    expect(await callJson(whoAmI, { as: { ...session, ...script } })).toMatchObject({ status: 403 });
  });

  test("whose token is about to expire is renewed, and the answer sets the new one, also when it is a refusal", async () => {
    const session = await memberSession(centre(), "viewer");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_590_000 });
    const answer = await call(createUser, { as: session, method: "POST", body: {} });
    vi.useRealTimers();
    expect(answer.status).toBe(403);
    const renewed = sessionOf(answer);
    expect(renewed).not.toEqual(session);
    expect(await statusFor(renewed)).toBe(200);
  });

  test("is looked up at every request: a role that was changed counts at once", async () => {
    const person = await createMember(centre(), "viewer");
    const as = await signIn(person);
    const create = (email: string) => call(createUser, { as, method: "POST", body: { email } });
    const refused = (await (await create("a@example.com")).json()) as Problem;
    expect(refused).toMatchObject({ status: 403, detail: "This needs the role admin; yours is viewer." });
    const params = { id: person.id };
    await call(changeRole, { as: owner, method: "PATCH", params, body: { role: "admin" } });
    expect((await create("a@example.com")).status).toBe(201);
    await call(changeRole, { as: owner, method: "PATCH", params, body: { role: "viewer" } });
    expect((await create("b@example.com")).status).toBe(403);
  });

  test("of a member who is removed ends at once, and stays ended when the member is back", async () => {
    const person = await createMember(centre(), "admin");
    const as = await signIn(person);
    expect(await statusFor(as)).toBe(200);
    await call(removeMember, { as: owner, method: "DELETE", params: { id: person.id } });
    expect(await statusFor(as)).toBe(401);
    await centre().sql`insert into members (id, email, role) values (${person.id}, ${person.email}, 'admin')`;
    expect(await statusFor(as)).toBe(401);
    expect(await statusFor(await signIn(person))).toBe(200);
  });

  test("of an account that is banned or deleted in Supabase ends at once", async () => {
    const banned = await createMember(centre(), "admin");
    const deleted = await createMember(centre(), "admin");
    const sessions = await Promise.all([signIn(banned), signIn(deleted)]);
    expect(await Promise.all(sessions.map(statusFor))).toEqual([200, 200]);
    await centre().sql`update auth.users set banned_until = now() + interval '1 day' where id = ${banned.id}`;
    await centre().sql`delete from auth.users where id = ${deleted.id}`;
    expect(await Promise.all(sessions.map(statusFor))).toEqual([401, 401]);
  });
});

describe("signing out", () => {
  test("takes the cookies back and ends the session's token, of which somebody may have a copy", async () => {
    const person = await createMember(centre(), "viewer");
    const [here, elsewhere] = await Promise.all([signIn(person), signIn(person)]);
    const answer = await call(signOut, { as: here, method: "DELETE" });
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie().every((cookie) => cookie.includes("Max-Age=0"))).toBe(true);
    expect(sessionOf(answer)).toBeDefined();
    expect([await statusFor(here), await statusFor(elsewhere)]).toEqual([401, 200]);
  });

  test("is told to a page as such, and a script is told of keys instead", async () => {
    const person = await createMember(centre(), "viewer");
    const as = await signIn(person);
    await call(signOut, { as, method: "DELETE" });
    const headers = { "sec-fetch-site": "same-origin" };
    const details = await Promise.all(
      [{ as }, { as: nobody, headers }, { as: nobody }].map(
        async (who) => (await callJson<Problem>(whoAmI, who)).detail,
      ),
    );
    const page = expect.stringMatching(/^You are signed out/);
    expect(details).toEqual([page, page, expect.stringContaining("API key")]);
  });

  test("everywhere ends every session at once, and signing in again works at once", async () => {
    const person = await createMember(centre(), "viewer");
    const [here, elsewhere] = await Promise.all([signIn(person), signIn(person)]);
    expect(await statusFor(elsewhere)).toBe(200);
    const path = "/api/session?everywhere=true";
    expect((await call(signOut, { as: here, method: "DELETE", path })).status).toBe(204);
    expect([await statusFor(here), await statusFor(elsewhere)]).toEqual([401, 401]);
    expect(await statusFor(await signIn(person))).toBe(200);
  });

  test("of somebody who is not signed in does nothing", async () => {
    expect((await call(signOut, { as: nobody, method: "DELETE" })).status).toBe(204);
  });

  test("is not for other pages to do", async () => {
    const as = await memberSession(centre(), "viewer");
    const headers = { origin: "https://evil.example" };
    expect((await call(signOut, { as, method: "DELETE", headers })).status).toBe(403);
    expect(await statusFor(as)).toBe(200);
  });
});

describe("a write with a session", () => {
  const write = (headers: Record<string, string>, as: Caller = owner) =>
    call(createUser, { as, method: "POST", body: { email: `${crypto.randomUUID()}@example.com` }, headers });

  test.each([
    ["another site", { origin: "https://evil.example" }],
    ["an opaque origin", { origin: "null" }],
    ["another port", { origin: "http://127.0.0.1:4000" }],
    ["https, while this is http", { origin: "https://127.0.0.1:3000" }],
    ["another name of this machine", { origin: "http://localhost:3000" }],
    ["a page of the same site", { "sec-fetch-site": "same-site" }],
    ["a page of another site", { "sec-fetch-site": "cross-site" }],
    ["the address bar", { "sec-fetch-site": "none" }],
  ])("that comes from %s is refused", async (_what, headers) => {
    expect(await (await write(headers)).json()).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("that says no origin at all is refused", async () => {
    const { cookie } = owner as { cookie: string };
    // Not called as a session, which would bring the origin along.
    expect((await write({ cookie }, nobody)).status).toBe(403);
  });

  test("is taken from Roster's own pages, also from a browser without Sec-Fetch-Site", async () => {
    expect((await write({})).status).toBe(201);
    const { cookie } = owner as { cookie: string };
    expect((await write({ cookie, origin: "http://127.0.0.1:3000" }, nobody)).status).toBe(201);
  });

  test("is told before anything of the input is looked at", async () => {
    const answer = await call(createUser, { as: nobody, method: "POST", body: "{" });
    expect(answer.status).toBe(401);
  });
});

test("what can be signed in with, and that there is an owner, anybody may know", async () => {
  const options = await callJson(signInOptions, { as: nobody });
  expect(options).toEqual({ password: true, providers: [], setup: false });
});

test("a host name that is not ours is refused, also to a key", async () => {
  for (const as of [nobody, script, owner]) {
    const problem = await callJson<Problem>(listUsers, { as, headers: { host: "evil.example:3000" } });
    expect(problem).toMatchObject({ status: 403, code: "forbidden" });
    expect(problem.detail).toContain("ROSTER_URL");
  }
});

function credentials({ email, password }: Person) {
  return { email, password };
}

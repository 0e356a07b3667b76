import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { POST as acceptInvitation } from "@/app/api/invitations/accept/route";
import { POST as invite } from "@/app/api/invitations/route";
import { POST as signInRoute, DELETE as signOut, GET as whoAmI } from "@/app/api/session/route";
import { GET as signInOptions } from "@/app/api/sign-in-options/route";
import { GET as callback } from "@/app/auth/callback/route";
import { GET as renew } from "@/app/auth/renew/route";
import { GET as startProvider } from "@/app/auth/sign-in/[provider]/route";
import type { Invited } from "@/lib/members/schema";
import { type Caller, call, callJson, nobody, withCentre } from "@/tests/app/api/call";
import { createAccount, createMember, type Person, sessionOf, signIn } from "@/tests/app/api/people";
import { type AuthProxy, startAuthProxy } from "@/tests/support/auth-proxy";

// What Supabase Auth does on hosted projects and the embedded one does not: providers, mails to confirm an address,
// sign-up switched off, and being away while the database is not.
const centre = withCentre();
let auth: AuthProxy;

beforeAll(async () => {
  auth = await startAuthProxy(centre().url);
  vi.stubEnv("SUPABASE_URL", auth.url);
});
afterAll(() => auth.close());
beforeEach(() => auth.answer(() => undefined));

describe("a provider", () => {
  const external = { email: false, phone: true, anonymous_users: false, google: true, azure: false };
  let challenge = "";

  /** As Auth does: a code for whoever proves to have begun, by the verifier of the challenge. */
  function offerProviders({ email, password }: Person) {
    auth.answer(({ url, body, headers }) => {
      if (url.pathname === "/auth/v1/settings") return Response.json({ external });
      if (url.searchParams.get("grant_type") !== "pkce") return undefined;
      const { auth_code, code_verifier } = JSON.parse(body) as Record<string, string>;
      const proof = createHash("sha256")
        .update(code_verifier ?? "")
        .digest("base64url");
      if (auth_code !== "good" || proof !== challenge) {
        return Response.json({ code: "flow_state_not_found", message: "no" }, { status: 404 });
      }
      return fetch(`${centre().url}/auth/v1/token?grant_type=password`, {
        method: "POST",
        headers: { apikey: String(headers.apikey), "content-type": "application/json" },
        body: JSON.stringify({ email, password }),
      });
    });
  }

  async function begin(next?: string) {
    const path = `/auth/sign-in/google${next === undefined ? "" : `?next=${encodeURIComponent(next)}`}`;
    const answer = await call(startProvider, { as: nobody, path, params: { provider: "google" } });
    const location = new URL(answer.headers.get("location") ?? "");
    challenge = location.searchParams.get("code_challenge") ?? "";
    return { answer, location, browser: sessionOf(answer) };
  }

  const finish = (as: Caller, code = "good") =>
    call(callback, { as, path: `/auth/callback?code=${code}&state=x` });

  test("that is switched on is offered, and only such", async () => {
    offerProviders(await createAccount(centre()));
    expect(await callJson(signInOptions, { as: nobody })).toMatchObject({
      password: false,
      providers: ["google"],
    });
    const params = { provider: "azure" };
    expect((await call(startProvider, { as: nobody, path: "/auth/sign-in/azure", params })).status).toBe(404);
  });

  test("signs a member in and sends the browser where it wanted to go", async () => {
    const person = await createMember(centre(), "viewer");
    offerProviders(person);
    const { answer, location, browser } = await begin("/users?q=a");
    expect(answer.status).toBe(302);
    expect(location.pathname).toBe("/auth/v1/authorize");
    expect(location.searchParams.get("redirect_to")).toBe("http://127.0.0.1:3000/auth/callback");
    expect(location.searchParams.get("code_challenge_method")).toBe("s256");
    const back = await finish(browser);
    expect([back.status, back.headers.get("location")]).toEqual([302, "/users?q=a"]);
    expect(await callJson(whoAmI, { as: sessionOf(back) })).toMatchObject({ email: person.email });
  });

  test("brings somebody who is no member back to the sign-in page, or to the invitation", async () => {
    offerProviders(await createAccount(centre()));
    expect((await finish((await begin()).browser)).headers.get("location")).toBe(
      "/sign-in?error=not-a-member",
    );
    const { browser } = await begin("/invite?token=abc");
    expect((await finish(browser)).headers.get("location")).toBe("/invite?token=abc");
  });

  test.each([["//evil.example"], ["https://evil.example"], ["/\\evil.example"], ["javascript:alert(1)"]])(
    "never sends the browser to %s",
    async (next) => {
      offerProviders(await createMember(centre(), "viewer"));
      expect((await finish((await begin(next)).browser)).headers.get("location")).toBe("/");
    },
  );

  test("signs nobody in who did not begin here, or has a wrong code", async () => {
    offerProviders(await createMember(centre(), "viewer"));
    const { browser } = await begin();
    for (const answer of [await finish(nobody), await finish(browser, "bad"), await finish(browser, "")]) {
      expect([answer.status, answer.headers.get("location")]).toEqual([302, "/sign-in?error=provider"]);
    }
  });
});

describe("a new account", () => {
  let token = "";

  beforeEach(async () => {
    const owner = await signIn(await createMember(centre(), "owner"));
    const body = { email: `${crypto.randomUUID()}@example.com`, role: "viewer" };
    const { link } = await callJson<Invited>(invite, { as: owner, method: "POST", body });
    token = new URL(link).searchParams.get("token") ?? "";
  });

  const signUpAnswers = (status: number, body: object) =>
    auth.answer(({ url }) =>
      url.pathname === "/auth/v1/signup" ? Response.json(body, { status }) : undefined,
    );
  const accept = (email = `${crypto.randomUUID()}@example.com`) =>
    call(acceptInvitation, { as: nobody, method: "POST", body: { token, email, password: "analytical" } });
  const user = (identities: object[]) => ({
    id: crypto.randomUUID(),
    aud: "authenticated",
    email: "x",
    identities,
  });

  test("whose address has to be confirmed is told so, and the link stays good", async () => {
    signUpAnswers(200, user([{ id: "1" }]));
    const answer = await accept();
    expect([answer.status, await answer.json()]).toEqual([202, { confirmEmail: true }]);
    auth.answer(() => undefined);
    expect((await accept()).status).toBe(200);
  });

  test("of an address that is taken is refused, also where Auth hides that it is", async () => {
    signUpAnswers(200, user([]));
    expect(await (await accept()).json()).toMatchObject({ status: 401 });
  });

  test.each([
    [422, "signup_disabled", 409, /sign up under Authentication/],
    [422, "weak_password", 422, /^password: Choose a longer/],
    [400, "email_address_invalid", 422, /^email: Supabase Auth does not accept/],
    [422, "validation_failed", 422, /^password: what Auth says/],
    [429, "over_email_send_rate_limit", 429, /asked too often/],
    [500, "unexpected_failure", 503, /does not answer/],
  ])("that Auth answers by %i %s is a %i", async (status, code, expected, detail) => {
    signUpAnswers(status, { error_code: code, msg: "what Auth says" });
    expect(await (await accept()).json()).toMatchObject({
      status: expected,
      detail: expect.stringMatching(detail),
    });
  });
});

describe("while Auth does not answer", () => {
  const away = () =>
    auth.answer(({ url }) =>
      url.pathname.startsWith("/auth/") ? new Response("", { status: 503 }) : undefined,
    );

  test("a session that was seen before goes on, and nobody is signed out", async () => {
    const person = await createMember(centre(), "viewer");
    const [seen, unseen] = [await signIn(person), await signIn(person)];
    expect((await call(whoAmI, { as: seen })).status).toBe(200);
    away();
    expect((await call(whoAmI, { as: seen })).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_590_000 });
    const answer = await call(whoAmI, { as: unseen });
    vi.useRealTimers();
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
  });

  test("signing in says so, and is not counted as a wrong password's fault", async () => {
    const { email, password } = await createMember(centre(), "viewer");
    away();
    const answer = await call(signInRoute, { as: nobody, method: "POST", body: { email, password } });
    expect(answer.status).toBe(503);
  });

  test("signing out works here, and ends the session's token", async () => {
    const as = await signIn(await createMember(centre(), "viewer"));
    expect((await call(whoAmI, { as })).status).toBe(200);
    away();
    const answer = await call(signOut, { as, method: "DELETE" });
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([204, 1]);
    expect((await call(whoAmI, { as })).status).toBe(401);
  });
});

describe("a page's session that is about to expire", () => {
  test("is renewed, and the browser goes back to the page", async () => {
    const as = await signIn(await createMember(centre(), "viewer"));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_590_000 });
    const answer = await call(renew, { as, path: "/auth/renew?next=%2Fusers%3Fq%3Da" });
    vi.useRealTimers();
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/users?q=a"]);
    expect((await call(whoAmI, { as: sessionOf(answer) })).status).toBe(200);
  });

  test("is taken back when it cannot be, and the browser goes to sign in", async () => {
    const answer = await call(renew, {
      as: { cookie: "roster=base64-e30" },
      path: "/auth/renew?next=%2Fusers",
    });
    expect(answer.headers.get("location")).toBe("/sign-in?next=%2Fusers");
    expect(answer.headers.getSetCookie()[0]).toContain("Max-Age=0");
  });
});

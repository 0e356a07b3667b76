import { beforeAll, expect, test, vi } from "vitest";
import { POST as invite } from "@/app/api/invitations/route";
import { POST as signInRoute, GET as whoAmI } from "@/app/api/session/route";
import type { Invited } from "@/lib/members/schema";
import { call, callJson, nobody, withCentre } from "@/tests/app/api/call";
import { createMember, type Person, sessionOf } from "@/tests/app/api/people";

const centre = withCentre();
const page = { host: "roster.example.com", origin: "https://roster.example.com" };
let ada: Person;

beforeAll(async () => {
  vi.stubEnv("ROSTER_URL", "https://roster.example.com");
  ada = await createMember(centre(), "owner");
});

test("at a public address with https, cookies are sent over https to this host alone", async () => {
  const { email, password } = ada;
  const answer = await call(signInRoute, {
    method: "POST",
    as: nobody,
    body: { email, password },
    headers: page,
  });
  const cookies = answer.headers.getSetCookie();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-roster[^;]*; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  }
  const session = sessionOf(answer);
  expect((await call(whoAmI, { as: session, headers: page })).status).toBe(200);
  const body = { email: "bob@example.com", role: "viewer" };
  const invited = await callJson<Invited>(invite, { as: session, method: "POST", body, headers: page });
  expect(invited.link).toMatch(/^https:\/\/roster\.example\.com\/invite\?token=[\w-]{43}$/);
  // A cookie that somebody on http could have planted is not looked at.
  const planted = { cookie: session.cookie.replaceAll("__Host-roster", "roster") };
  expect((await call(whoAmI, { as: planted, headers: page })).status).toBe(401);
});

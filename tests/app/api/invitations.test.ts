import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { DELETE as withdraw } from "@/app/api/invitations/[id]/route";
import { POST as acceptRoute } from "@/app/api/invitations/accept/route";
import { GET as preview } from "@/app/api/invitations/preview/route";
import { POST as inviteRoute, GET as list } from "@/app/api/invitations/route";
import { GET as whoAmI } from "@/app/api/session/route";
import type { Page } from "@/lib/http/page";
import type { Invitation, Invited } from "@/lib/members/schema";
import { type Caller, call, callJson, nobody, withCentre } from "@/tests/app/api/call";
import { createAccount, createMember, type Person, sessionOf, signIn } from "@/tests/app/api/people";

const centre = withCentre();
let ada: Person;
let owner: Caller;

beforeAll(async () => {
  ada = await createMember(centre(), "owner");
  owner = await signIn(ada);
});
beforeEach(async () => {
  await centre().sql`delete from invitations`;
});

async function invite(email: string, role = "admin") {
  const answer = await callJson<Invited>(inviteRoute, { as: owner, method: "POST", body: { email, role } });
  return { ...answer, token: new URL(answer.link).searchParams.get("token") ?? "" };
}

const accept = (body: object, as: Caller = nobody) => call(acceptRoute, { as, method: "POST", body });
const look = (token: string) =>
  call(preview, { as: nobody, path: `/api/invitations/preview?token=${token}` });
const roleOf = async ({ id }: Person) =>
  (await centre().sql`select role from members where id = ${id}`)[0]?.role as string | undefined;

test("an invitation is answered with its link, listed without it, and kept as a hash", async () => {
  const { invitation, link, mailed, token } = await invite("bob@example.com");
  expect(invitation).toEqual({
    id: expect.any(String),
    email: "bob@example.com",
    role: "admin",
    invitedBy: ada.email,
    createdAt: expect.stringContaining("T"),
    expiresAt: expect.stringContaining("T"),
  });
  const days = (Date.parse(invitation.expiresAt) - Date.parse(invitation.createdAt)) / 86_400_000;
  expect([days, mailed, link]).toEqual([7, false, `http://127.0.0.1:3000/invite?token=${token}`]);
  expect(token).toMatch(/^[\w-]{43}$/);
  const page = await callJson<Page<Invitation>>(list, { as: owner });
  expect(page).toEqual({ items: [invitation], nextCursor: null });
  const [row] = await centre().sql`select invitations::text as whole from invitations`;
  expect(row?.whole).not.toContain(token);
});

test("whoever has the link sees what it is for, and nobody else", async () => {
  const { token, invitation } = await invite("bob@example.com", "viewer");
  const { email, role, expiresAt } = invitation;
  expect(await (await look(token)).json()).toEqual({ email, role, expiresAt });
  expect((await look("wrong")).status).toBe(404);
});

test("the link makes a member of a new account, once", async () => {
  const { token } = await invite(`${randomUUID()}@example.com`);
  const email = `${randomUUID()}@example.com`; // the account that opens it is bound, not the address it was sent to
  const answer = await accept({ token, email, password: "analytical" });
  expect([answer.status, await answer.json()]).toEqual([200, { member: true }]);
  expect(await callJson(whoAmI, { as: sessionOf(answer) })).toMatchObject({ email, role: "admin" });
  const again = await accept({ token, email: "eve@example.com", password: "analytical" });
  expect([again.status, (await look(token)).status]).toEqual([404, 404]);
  expect(await callJson(list, { as: owner })).toMatchObject({ items: [] });
});

test("knowing an invited address is not enough: without the link its account is no member", async () => {
  const invited = await createAccount(centre());
  await invite(invited.email);
  expect((await call(whoAmI, { as: await signIn(invited) })).status).toBe(403);
});

test("the account that is signed in is bound", async () => {
  const [invited, opener] = await Promise.all([createAccount(centre()), createAccount(centre())]);
  const { token } = await invite(invited.email, "viewer");
  expect((await accept({ token }, await signIn(opener))).status).toBe(200);
  expect([await roleOf(opener), await roleOf(invited)]).toEqual(["viewer", undefined]);
});

test("of many who open a link at the same moment one becomes a member", async () => {
  const { token } = await invite("bob@example.com");
  const people = await Promise.all(Array.from({ length: 5 }, () => createAccount(centre())));
  const answers = await Promise.all(people.map(({ email, password }) => accept({ token, email, password })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404]);
  expect((await Promise.all(people.map(roleOf))).filter(Boolean)).toEqual(["admin"]);
});

test("a member who opens a link keeps the role, and the link stays good", async () => {
  const { token } = await invite("bob@example.com", "viewer");
  const answer = await accept({ token }, owner);
  expect(await answer.json()).toMatchObject({ status: 409, code: "conflict" });
  expect([await roleOf(ada), (await look(token)).status]).toEqual(["owner", 200]);
});

test("a link that is withdrawn, expired or replaced by a newer one is refused like an unknown one", async () => {
  const withdrawn = await invite("a@example.com");
  const params = { id: withdrawn.invitation.id };
  expect((await call(withdraw, { as: owner, method: "DELETE", params })).status).toBe(200);
  expect((await call(withdraw, { as: owner, method: "DELETE", params })).status).toBe(404);
  const expired = await invite("b@example.com");
  await centre().sql`update invitations set expires_at = now() where id = ${expired.invitation.id}`;
  const replaced = await invite("c@example.com");
  const newer = await invite("C@example.com");
  for (const { token } of [withdrawn, expired, replaced, { token: "wrong" }]) {
    const answer = await accept({ token, email: "eve@example.com", password: "analytical" });
    expect(await answer.json()).toMatchObject({
      status: 404,
      detail: expect.stringContaining("Ask for another one"),
    });
  }
  const { items } = await callJson<Page<Invitation>>(list, { as: owner });
  expect(items.map(({ id }) => id)).toEqual([newer.invitation.id]);
});

test("a member's address is not invited again", async () => {
  const problem = await callJson(inviteRoute, {
    as: owner,
    method: "POST",
    body: { email: ada.email.toUpperCase(), role: "viewer" },
  });
  expect(problem).toMatchObject({ status: 409, errors: [{ path: "email" }] });
});

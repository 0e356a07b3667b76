import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { DELETE, PATCH } from "@/app/api/members/[id]/route";
import { GET as list } from "@/app/api/members/route";
import type { Page } from "@/lib/http/page";
import type { Member } from "@/lib/members/schema";
import { type Caller, call, callJson, script, withCentre } from "@/tests/app/api/call";
import { createMember, memberSession, type Person, signIn } from "@/tests/app/api/people";

const centre = withCentre();
let ada: Person;
let owner: Caller;

beforeEach(async () => {
  await centre().sql`delete from members`;
  ada = await createMember(centre(), "owner", `ada-${randomUUID()}@example.com`);
  owner = await signIn(ada);
});

const remove = (id: string, as = owner) => call(DELETE, { as, method: "DELETE", params: { id } });
const change = (id: string, role: string, as = owner) =>
  call(PATCH, { as, method: "PATCH", params: { id }, body: { role } });
const owners = async () =>
  (await centre().sql`select id from members where role = 'owner'`).map(({ id }) => id as string);

test("members are listed by e-mail address, page by page", async () => {
  await createMember(centre(), "viewer", `zoe-${randomUUID()}@example.com`);
  await createMember(centre(), "admin", `bob-${randomUUID()}@example.com`);
  const first = await callJson<Page<Member>>(list, { as: owner, path: "/api/members?limit=2" });
  const path = `/api/members?limit=2&cursor=${first.nextCursor}`;
  const second = await callJson<Page<Member>>(list, { as: owner, path });
  const members = [...first.items, ...second.items];
  expect(members.map(({ email, role }) => `${email.split("-")[0]} ${role}`)).toEqual([
    "ada owner",
    "bob admin",
    "zoe viewer",
  ]);
  expect(members[0]).toEqual({
    id: ada.id,
    email: ada.email,
    role: "owner",
    createdAt: expect.stringContaining("T"),
    lastSeenAt: expect.stringContaining("T"),
  });
  expect([members[1]?.lastSeenAt, second.nextCursor]).toEqual([null, null]);
});

test("members are for owners alone, not for admins nor keys", async () => {
  const admin = await memberSession(centre(), "admin");
  for (const as of [admin, script]) {
    const answer = await call(list, { as });
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
      403,
      expect.stringContaining("owner"),
    ]);
    expect((await remove(ada.id, as)).status).toBe(403);
    expect((await change(ada.id, "viewer", as)).status).toBe(403);
  }
});

test("a member who is not there is a 404", async () => {
  expect((await remove(randomUUID())).status).toBe(404);
  expect((await change(randomUUID(), "admin")).status).toBe(404);
  expect((await change("x", "admin")).status).toBe(404);
});

describe("the last owner", () => {
  test.each([
    ["removed", () => remove(ada.id)],
    ["made an admin", () => change(ada.id, "admin")],
  ])("cannot be %s", async (_what, attempt) => {
    await createMember(centre(), "admin");
    expect(await (await attempt()).json()).toMatchObject({ status: 409, code: "last_owner" });
    expect(await owners()).toEqual([ada.id]);
  });

  test("may stay one", async () => {
    expect((await change(ada.id, "owner")).status).toBe(200);
  });

  test("is one also when the other owners' accounts are no more", async () => {
    const gone = await createMember(centre(), "owner");
    await centre().sql`delete from auth.users where id = ${gone.id}`;
    expect((await remove(ada.id)).status).toBe(409);
  });

  test("remains when two owners remove and demote each other at once, many times", async () => {
    for (let round = 0; round < 5; round++) {
      await centre().sql`delete from members`;
      const [one, two] = await Promise.all([
        createMember(centre(), "owner"),
        createMember(centre(), "owner"),
      ]);
      const [asOne, asTwo] = await Promise.all([signIn(one), signIn(two)]);
      const answers = await Promise.all([remove(two.id, asOne), change(one.id, "viewer", asTwo)]);
      expect(answers.map(({ status }) => status).sort()[0]).toBe(200);
      expect(await owners()).toHaveLength(1);
    }
  });
});

test("an owner can hand over and go", async () => {
  const bob = await createMember(centre(), "admin");
  expect(await (await change(bob.id, "owner")).json()).toMatchObject({ id: bob.id, role: "owner" });
  expect(await (await remove(ada.id)).json()).toMatchObject({ id: ada.id });
  expect(await owners()).toEqual([bob.id]);
});

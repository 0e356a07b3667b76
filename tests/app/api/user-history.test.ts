import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { GET as history } from "@/app/api/users/[id]/history/route";
import { DELETE as deactivate, PATCH as update } from "@/app/api/users/[id]/route";
import { POST as create } from "@/app/api/users/route";
import type { Page } from "@/lib/http/page";
import type { UserChange } from "@/lib/users/history-schema";
import { type Caller, call, callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";
import { memberSession } from "@/tests/app/api/people";

const { centre, addUsers } = withIdleCentre();
// Another one in each test: nothing empties the audit log.
let params = { id: "" };
beforeEach(() => {
  params = { id: randomUUID() };
});

async function changes(query = "", as?: Caller) {
  return await callJson<Page<UserChange>>(history, {
    path: `/api/users/${params.id}/history${query}`,
    params,
    ...(as && { as }),
  });
}

async function makeHistory() {
  await call(create, { method: "POST", body: { ...params, email: "ada@example.com", team: "Engines" } });
  await call(update, { method: "PATCH", params, body: { team: "Analysis", role: "editor" } });
  await addUsers(2);
  await call(deactivate, { method: "DELETE", params });
}

test("a user's history says who changed what, newest first, and nothing of others", async () => {
  await makeHistory();
  const { items } = await changes();
  expect(items.map(({ action, actor, before, after }) => ({ action, actor, before, after }))).toEqual([
    {
      action: "user.updated",
      actor: { kind: "key", name: "test" },
      before: { status: "active" },
      after: { status: "inactive" },
    },
    {
      action: "user.updated",
      actor: { kind: "key", name: "test" },
      before: { team: "Engines", role: "user" },
      after: { team: "Analysis", role: "editor" },
    },
    {
      action: "user.created",
      actor: { kind: "key", name: "test" },
      before: null,
      after: expect.objectContaining({ email: "ada@example.com" }),
    },
  ]);
});

test("a history is read page by page, and outlives its user", async () => {
  await makeHistory();
  await centre().sql`delete from user_profiles where id = ${params.id}`;
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Page<UserChange> = await changes(`?limit=1&cursor=${cursor}`);
    seen.push(...page.items.map(({ action }) => action));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(["user.deleted", "user.updated", "user.updated", "user.created"]);
});

test("a viewer reads a history, without the addresses that the audit log has", async () => {
  await makeHistory();
  const { items } = await changes("", await memberSession(centre(), "viewer"));
  expect(items).toHaveLength(3);
  expect(Object.keys(items[0] ?? {}).sort()).toEqual(["action", "actor", "after", "at", "before", "id"]);
});

import { expect, test } from "vitest";
import { planBatch, type UserProfile } from "@/lib/sync/core/plan";

const ada: UserProfile = {
  id: "u1",
  clerk_user_id: "u1",
  email: "ada@example.com",
  full_name: "Ada",
  role: "user",
  team: null,
  department: null,
  status: "active",
  created_at: "2026-01-01T00:00:00+00:00",
  updated_at: "2026-01-02T00:00:00+00:00",
};
const item = { userId: "u1", trigger: "change", attempt: 1, runId: null } as const;

test.each([
  { user: ada, written: false, goes: "upserts" },
  { user: ada, written: true, goes: "upserts" },
  { user: { ...ada, status: "inactive" as const }, written: true, goes: "removals" },
  { user: { ...ada, status: "inactive" as const }, written: false, goes: "skips" },
  { user: { ...ada, status: "deleted" as const }, written: true, goes: "removals" },
  { user: { ...ada, status: "deleted" as const }, written: false, goes: "skips" },
])("a user who is $user.status and at the site: $written goes to $goes", ({ user, written, goes }) => {
  const plan = planBatch([{ ...item, user, written }], { kind: "delete" });
  expect(Object.entries(plan).filter(([, users]) => users.length > 0)).toMatchObject([
    [goes, [expect.anything()]],
  ]);
});

test("a site receives the documented columns and nothing else", () => {
  const [upsert] = planBatch([{ ...item, user: ada, written: false }], { kind: "delete" }).upserts;
  const { status: _, ...row } = ada;
  expect(upsert).toEqual({ userId: row.id, row, attempt: 1, runId: null, trigger: "change", written: false });
});

test("a site that keeps rows is sent no removal", () => {
  const plan = planBatch([{ ...item, user: { ...ada, status: "inactive" }, written: true }], {
    kind: "keep",
  });
  expect(plan).toEqual({ upserts: [], removals: [], kept: ["u1"], skips: [] });
});

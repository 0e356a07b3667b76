import { afterEach, beforeEach, expect, test } from "vitest";
import { createMappedSite } from "@/lib/sync/adapters/mapped-site";
import { DEFAULT_MAPPING } from "@/lib/sync/core/mapping";
import type { Target } from "@/lib/sync/core/plan";
import type { LeasedSite, RowKeyStore, SiteWriter } from "@/lib/sync/ports";
import { target } from "@/tests/lib/sync/adapters/targets";
import { outgoing } from "@/tests/support/outgoing";
import { createSite, type TestProject } from "@/tests/support/stack";

let project: TestProject;
beforeEach(async () => {
  project = await createSite();
});
afterEach(() => project.close());

const aborting = new AbortController().signal;
/** As a site is written that has rows of its own beside Roster's. */
const shared = {
  ...DEFAULT_MAPPING,
  columns: DEFAULT_MAPPING.columns.map((one) => ({ ...one, onlyOnCreate: one.column === "created_at" })),
};

function writer({ match = "id", own = {} }: { match?: string; own?: Record<string, string> } = {}) {
  const site: LeasedSite = {
    id: "site",
    name: "site",
    kind: "supabase",
    leaseId: "lease",
    url: project.url,
    credentials: "",
    previousCredentials: [],
    removal: { kind: "delete" },
    failures: 0,
    inspect: false,
    disconnecting: false,
    shared: true,
  };
  const rowKeys: RowKeyStore = {
    readRowKeys: async () => ({ own: new Map(Object.entries(own)), held: new Map() }),
    recordRowKeys: async () => undefined,
  };
  const mapping = { ...shared, match };
  return createMappedSite(site, project.secretKey, { mapping, rowKeys, outgoing, aborting });
}

/** A user who is there, as the list has it by now. */
const changed = (userId: string, trigger: NonNullable<Target["trigger"]> = "change") =>
  target(userId, { written: true, trigger }, "Here");

async function put(...targets: Target[]) {
  return await putBy(writer(), ...targets);
}

async function putBy(site: SiteWriter, ...targets: Target[]) {
  const result = await site.upsert(targets);
  if (result.kind === "failed") throw new Error(result.failure.message);
  return [...result.landed, ...[...result.refused].map(([id, { code }]) => `${id} ${code}`)].sort();
}

/** Somebody changes a row at the site, so long from now. */
async function changeThere(id: string, from: string): Promise<void> {
  await project.sql`update user_profiles set full_name = 'There', updated_at = now() + ${from}::interval where id = ${id}`;
}

const names = async () =>
  (await project.sql`select full_name from user_profiles order by id`).map(({ full_name }) => full_name);

test("a newer row of a mapped site stays until a person asks for its user, but not one from the future", async () => {
  await put(target("u1"), target("u2"), target("u3"));
  await changeThere("u1", "0");
  await changeThere("u2", "1 day");
  expect(await put(changed("u1"), changed("u2"), changed("u3"))).toEqual(["u1 newer_at_site", "u2", "u3"]);
  expect(await put(changed("u1", "full"))).toEqual(["u1 newer_at_site"]);
  expect(await names()).toEqual(["There", "Here", "Here"]);
  expect(await put(changed("u1", "manual"))).toEqual(["u1"]);
  expect(await names()).toEqual(["Here", "Here", "Here"]);
});

test("a newer row whose key would change is not put there a second time", async () => {
  await put(target("u1"));
  await changeThere("u1", "0");
  const moved = (trigger: "change" | "manual") => {
    const { row, ...user } = changed("u1", trigger);
    return { ...user, row: { ...row, clerk_user_id: "c1", email: "new@example.com" } };
  };
  const byEmail = writer({ match: "email", own: { u1: "u1@example.com" } });
  expect(await putBy(byEmail, moved("change"))).toEqual(["u1 newer_at_site"]);
  expect(await names()).toEqual(["There"]);
  expect(await putBy(byEmail, moved("manual"))).toEqual(["u1"]);
  expect(await project.sql`select email, full_name from user_profiles`).toEqual([
    { email: "new@example.com", full_name: "Here" },
  ]);
});

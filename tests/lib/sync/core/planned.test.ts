import { describe, expect, test } from "vitest";
import { DEFAULT_MAPPING } from "@/lib/sync/core/mapping";
import { type PlannedSite, type PlannedUser, planUser } from "@/lib/sync/core/planned";

const ada = {
  id: "ada",
  clerk_user_id: "ada",
  email: "ada@example.com",
  full_name: "Ada",
  role: "admin",
  team: null,
  department: null,
  status: "active" as const,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-02T00:00:00Z",
};
const there = { ...ada, updated_at: "2025-01-01T00:00:00Z" };
const site: PlannedSite = { mapping: DEFAULT_MAPPING, removal: { kind: "delete" }, passesConfirmed: false };

function user(more: Partial<PlannedUser> = {}): PlannedUser {
  const state = {
    inScope: true,
    there: true,
    confirmed: true,
    departure: null,
    foreign: false,
    taken: false,
  };
  return { user: ada, key: "ada", ...state, ...more };
}

const gone = { inScope: false, user: { ...ada, status: "inactive" as const } };
const deactivating: PlannedSite = { ...site, removal: { kind: "deactivate", column: "is_active" } };

describe("a user who should be there", () => {
  test.each<[string, PlannedUser, object | undefined | null, PlannedSite, object]>([
    [
      "and is equal is skipped, whatever the row's time",
      user(),
      there,
      site,
      { kind: "skip", reason: "equal" },
    ],
    ["and is not is created", user({ there: false }), undefined, site, { kind: "create" }],
    ["and differs is changed", user(), { ...there, role: "boss" }, site, { kind: "update" }],
    [
      "and differs is left alone where confirmed rows are passed over",
      user(),
      { ...there, role: "boss" },
      { ...site, passesConfirmed: true },
      { kind: "skip", reason: "left_alone", fields: [{ name: "role", here: "admin", there: "boss" }] },
    ],
    [
      "but is marked as having left is changed",
      user(),
      { ...there, is_active: false },
      deactivating,
      { kind: "update", fields: [{ name: "is_active", here: "true", there: "false" }] },
    ],
    ["under another user's key is blocked", user({ taken: true }), there, site, { reason: "blocked" }],
    [
      "where the row is the site's own is blocked",
      user({ foreign: true }),
      there,
      site,
      { reason: "blocked" },
    ],
    [
      "and was not confirmed by a site that cannot be read",
      user({ confirmed: false }),
      null,
      site,
      { kind: "update" },
    ],
  ])("%s", (_what, planned, found, rules, expected) => {
    expect(planUser(planned, found as never, rules)).toMatchObject(expected);
  });
});

describe("a user who should not be there", () => {
  const keeping: PlannedSite = { ...site, removal: { kind: "keep" } };
  test.each<[string, PlannedUser, object | undefined | null, PlannedSite, object]>([
    ["is removed", user({ ...gone, departure: "open" }), there, site, { kind: "remove", reason: "departed" }],
    [
      "but is outside the scope is removed",
      user({ inScope: false }),
      there,
      site,
      { reason: "out_of_scope" },
    ],
    ["and is not there needs nothing", user(gone), undefined, site, { kind: "skip", reason: "inactive" }],
    [
      "in a row that Roster did not write is left alone",
      user({ ...gone, there: false }),
      there,
      site,
      { reason: "left_alone" },
    ],
    ["at a site that keeps rows is kept", user(gone), there, keeping, { kind: "skip", reason: "kept" }],
    [
      "and whose removal is held stays",
      user({ ...gone, departure: "held" }),
      there,
      site,
      { reason: "held" },
    ],
    [
      "and is marked so is equal",
      user(gone),
      { ...there, is_active: false },
      deactivating,
      { reason: "equal" },
    ],
    [
      "is marked where the site marks who left",
      user(gone),
      { ...there, is_active: true },
      deactivating,
      { kind: "remove", fields: [{ name: "is_active", here: "false", there: "true" }] },
    ],
  ])("%s", (_what, planned, found, rules, expected) => {
    expect(planUser(planned, found as never, rules)).toMatchObject(expected);
  });
});

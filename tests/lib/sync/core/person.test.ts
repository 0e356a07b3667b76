import { describe, expect, test } from "vitest";
import { DEFAULT_MAPPING, type Mapping, mapping } from "@/lib/sync/core/mapping";
import { personOf } from "@/lib/sync/core/person";
import type { RemovalPolicy } from "@/lib/sync/core/plan";
import { checkPerson } from "@/lib/take-over/check-person";

const STAFF = mapping.parse({
  table: "staff",
  match: "no",
  columns: [
    { column: "no", from: { kind: "field", field: "id" } },
    { column: "mail", from: { kind: "field", field: "email" } },
    { column: "shown", from: { kind: "template", template: "{full_name} ({team})" } },
    {
      column: "level",
      from: {
        kind: "values",
        field: "role",
        values: { admin: "boss", user: "staff" },
        otherwise: { kind: "same" },
      },
    },
    { column: "origin", from: { kind: "constant", value: "roster" } },
  ],
});

function read(
  row: Record<string, unknown>,
  of: Mapping = STAFF,
  removal: RemovalPolicy = { kind: "delete" },
) {
  return personOf(row, { mapping: of, removal, check: checkPerson });
}

describe("a row of a site", () => {
  test("with values of any length is one that the central database can store", () => {
    const person = read({
      no: "1",
      mail: `${"a".repeat(499)}😀`,
      level: `${"b".repeat(79)}😀`,
      origin: `${"c".repeat(79)}😀`,
    });
    expect(JSON.stringify(person)).not.toMatch(/\\ud[89a-f]/);
    expect(person.fields.email).toHaveLength(500);
  });

  test("of the documented table is a person as it stands", () => {
    const row = {
      id: "a",
      clerk_user_id: "clerk_a",
      email: " Ada@Example.com ",
      full_name: "Ada",
      role: null,
      team: "",
    };
    expect(read({ ...row, updated_at: "2026-01-02T03:04:05+00:00" }, DEFAULT_MAPPING)).toEqual({
      fields: { id: "a", clerk_user_id: "clerk_a", email: " Ada@Example.com ", full_name: "Ada" },
      at: "2026-01-02T03:04:05+00:00",
      problem: null,
    });
  });

  test("of another table is read back through its mapping, as far as that goes", () => {
    const { fields, problem } = read({
      no: 7,
      mail: "ada@example.com",
      shown: null,
      level: "boss",
      origin: "roster",
    });
    expect(fields).toEqual({ id: "7", email: "ada@example.com", role: "admin" });
    expect(problem).toBeNull();
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["without an address", { mail: null }, /no e-mail address/],
    ["with an address that is none", { mail: "ada" }, /E-mail: Enter an e-mail address/],
    ["with an id that the list would not take", { no: "a b" }, /Id: Use letters/],
    [
      "with what a template made, and would lose",
      { shown: "Ada (Engines)" },
      /shown \(Ada \(Engines\)\) cannot be read back/,
    ],
    ["with what would become another text", { origin: "payroll" }, /origin \(payroll\)/],
  ])("%s cannot become a user", (_what, row, problem) => {
    expect(read({ no: "7", mail: "ada@example.com", origin: "roster", ...row }).problem).toMatch(problem);
  });

  test("that is inactive there does not become an active user", () => {
    const person = read({ no: "7", mail: "ada@example.com", on: false }, STAFF, {
      kind: "deactivate",
      column: "on",
    });
    expect(person).toMatchObject({ fields: { active: false }, problem: "The row is inactive at the site." });
  });
});

import { describe, expect, test } from "vitest";
import { differs, expectedRow, sameValue } from "@/lib/sync/core/compare";
import {
  DEFAULT_MAPPING,
  keyOf,
  type MappedColumn,
  type MappedUser,
  mapping,
  newRow,
} from "@/lib/sync/core/mapping";

const ada: MappedUser = {
  id: "u1",
  clerk_user_id: "clerk_1",
  email: "ada@example.com",
  full_name: "Ada Lovelace",
  role: "admin",
  team: null,
  department: "",
  created_at: "2026-01-01T00:00:00+00:00",
  updated_at: "2026-01-02T03:04:05.6+00:00",
};

type Given = Pick<MappedColumn, "column" | "from"> & Partial<MappedColumn>;
const mail: Given = { column: "work_mail", from: { kind: "field", field: "email" } };

function parsed(columns: Given[], match = "work_mail") {
  return mapping.parse({ table: "employees", match, columns });
}

describe("a column gets", () => {
  test.each<[string, MappedColumn["from"], unknown]>([
    ["a field", { kind: "field", field: "full_name" }, "Ada Lovelace"],
    ["an empty field", { kind: "field", field: "team" }, null],
    ["a constant", { kind: "constant", value: true }, true],
    ["a template", { kind: "template", template: "{full_name} <{email}>" }, "Ada Lovelace <ada@example.com>"],
    ["a template with a part missing", { kind: "template", template: "{full_name} {team}" }, "Ada Lovelace"],
    [
      "nothing of a template whose fields are all empty",
      { kind: "template", template: "{team}/{department}" },
      null,
    ],
    [
      "a value's translation",
      { kind: "values", field: "role", values: { admin: "hr_admin" }, otherwise: { kind: "same" } },
      "hr_admin",
    ],
    [
      "a value that is not in the list as it is",
      { kind: "values", field: "role", values: { user: "staff" }, otherwise: { kind: "same" } },
      "admin",
    ],
    [
      "what other values get",
      { kind: "values", field: "role", values: { constructor: "x" }, otherwise: { kind: "value", value: 1 } },
      1,
    ],
    [
      "what is listed for no value",
      { kind: "values", field: "team", values: { "": "none" }, otherwise: { kind: "same" } },
      "none",
    ],
  ])("%s", (_what, from, expected) => {
    expect(newRow(parsed([mail, { column: "c", from }]), ada)).toHaveProperty("c", expected);
  });
});

describe("a mapping", () => {
  test("leaves an empty value out where it does not clear", () => {
    const name = { column: "team", from: { kind: "field", field: "team" }, clearWhenEmpty: false } as const;
    expect(newRow(parsed([mail, name]), ada)).toEqual({ work_mail: "ada@example.com" });
  });

  test.each<[string, unknown, string]>([
    ["without a match column", { columns: [mail], match: "id" }, "match"],
    [
      "matched by what two users may share",
      { columns: [{ ...mail, from: { kind: "field", field: "role" } }] },
      "match",
    ],
    ["whose match column is written once", { columns: [{ ...mail, onlyOnCreate: true }] }, "match"],
    ["with a column twice", { columns: [mail, mail] }, "columns.1.column"],
    [
      "with an unknown field",
      { columns: [mail, { column: "n", from: { kind: "template", template: "{nick}" } }] },
      "columns.1.from.template",
    ],
    ["with a quote in a name", { columns: [mail], table: 'a"b' }, "table"],
  ])("%s is refused", (_what, given, path) => {
    const read = mapping.safeParse({ table: "employees", match: "work_mail", ...(given as object) });
    expect(read.error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });

  test("of the documented table is what a site without one gets", () => {
    expect(newRow(DEFAULT_MAPPING, ada)).toEqual(ada);
    expect(keyOf(DEFAULT_MAPPING, ada)).toBe("u1");
  });
});

describe("compared with what is there", () => {
  const columns: Given[] = [
    mail,
    { column: "role", from: { kind: "field", field: "role" }, onlyOnCreate: true },
    { column: "team", from: { kind: "field", field: "team" }, clearWhenEmpty: false },
    { column: "active", from: { kind: "constant", value: "true" } },
    { column: "since", from: { kind: "field", field: "created_at" } },
  ];
  const there = {
    work_mail: "ada@example.com",
    role: "boss",
    team: "Engines",
    active: true,
    since: "2026-01-01",
    own: 1,
  };

  test("a row is right that differs only in what is the site's", () => {
    expect(differs(parsed(columns), ada, there)).toEqual([]);
    expect(expectedRow(parsed(columns), ada, there)).toMatchObject({ role: "boss", team: "Engines", own: 1 });
    expect(expectedRow(parsed(columns), ada)).toMatchObject({ role: "admin", work_mail: "ada@example.com" });
  });

  test("each column is named that is another", () => {
    const wrong = { ...there, work_mail: "ADA@example.com", active: false };
    expect(differs(parsed(columns), ada, wrong)).toEqual([
      { column: "work_mail", here: "ada@example.com", there: "ADA@example.com" },
      { column: "active", here: "true", there: false },
    ]);
  });

  test("a row that was linked under another id is right with that id", () => {
    expect(differs(DEFAULT_MAPPING, ada, { ...ada, id: "of-the-site" })).toEqual([]);
  });

  test.each([
    ["2026-01-02T03:04:05.6+00:00", "2026-01-02T03:04:05.600Z", true],
    ["2026-01-02T03:04:05.6+00:00", "2026-01-02T04:04:05.6+01:00", true],
    ["2026-01-02T03:04:05.6+00:00", "2026-01-02T03:04:05.6", true],
    ["2026-01-02T03:04:05.6+00:00", "2026-01-02T03:04:06+00:00", false],
    ["2026-01-02T03:04:00+00:00", "2026-01-02T03:04:00", true],
    ["7", 7, true],
    ["no", false, true],
    ["no", true, false],
    ["yes", false, false],
    [null, "", false],
    [undefined, null, true],
    ["6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff", true],
  ])("%j and %j: %s", (sent, found, same) => {
    expect(sameValue(sent, found)).toBe(same);
  });
});

import { describe, expect, test } from "vitest";
import { apiDocument } from "@/app/api/openapi.json/document";
import { entrancesOf } from "@/components/api-docs/access";
import { groupsOf } from "@/components/api-docs/calls";
import { curlOf } from "@/components/api-docs/curl";
import { exampleOf } from "@/components/api-docs/example";
import { describeSchema } from "@/components/api-docs/schema-text";
import { escaped, mismatches } from "@/tests/app/api/declared";

const document = apiDocument();
const calls = groupsOf(document).flatMap((group) => group.calls);

function callOf(id: string) {
  const call = calls.find(({ operation }) => operation.operationId === id);
  if (!call) throw new Error(`There is no call ${id}`);
  return call;
}

test("every call of the document belongs to a group", () => {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  expect(calls.map(({ operation }) => operation).sort()).toEqual(operations.sort());
});

test("the examples of answers fit the schemas", () => {
  for (const { path, method, operation } of calls) {
    for (const [status, response] of Object.entries(operation.responses)) {
      const schema = "content" in response && response.content?.["application/json"]?.schema;
      if (!schema || schema.additionalProperties) continue;
      const pointer = `paths/${escaped(path)}/${method}/responses/${status}/content/application~1json/schema`;
      expect([path, mismatches(pointer, exampleOf(schema, document.components.schemas))]).toEqual([path, []]);
    }
  }
});

describe("a call for a shell", () => {
  test("shows the key, and a body to copy", () => {
    const { path, method, operation } = callOf("updateUser");
    expect(curlOf(path, method, operation)).toBe(
      `curl -X PATCH "$ROSTER_URL/api/users/<id>" \\
  -H "Authorization: Bearer $ROSTER_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{ "team": "Engines" }'`,
    );
  });

  test("names what the query needs", () => {
    const { path, method, operation } = callOf("getUserSync");
    expect(curlOf(path, method, operation)).toContain('"$ROSTER_URL/api/sync/user?userId=<userId>"');
  });

  test("shows no key where none is needed, and the scheduler's secret where that is", () => {
    const health = callOf("getHealth");
    expect(curlOf(health.path, health.method, health.operation)).toBe('curl "$ROSTER_URL/api/health"');
    const { path, method, operation } = callOf("drain");
    expect(curlOf(path, method, operation)).toContain("Bearer $ROSTER_DRAIN_SECRET");
  });
});

test.each([
  ["getHealth", ["anybody"]],
  ["updateUser", ["key with users:write", "admin or owner"]],
  ["listSites", ["key with sites:read", "any member"]],
  ["createKey", ["owner"]],
  ["getSession", ["any member"]],
  ["getApiDocument", ["any key", "any member"]],
  ["drain", ["drain secret"]],
])("%s is for %j", (id, texts) => {
  expect(entrancesOf(callOf(id).operation).map(({ text }) => text)).toEqual(texts);
});

test.each(["createKey", "finishProvider"])("%s, which only browsers do, has no call for a shell", (id) => {
  const { path, method, operation } = callOf(id);
  expect(curlOf(path, method, operation)).toBeUndefined();
});

test.each([
  [{ type: "integer", minimum: 1, maximum: 500, default: 50 }, "integer", ["1 to 500", "default 50"]],
  [{ type: "string", minLength: 1 }, "string", []],
  [{ type: "string", format: "date-time" }, "ISO 8601 time", []],
  [{ type: "array", items: { type: "string" }, maxItems: 9 }, "list of strings", ["up to 9 items"]],
  [{ type: "array", items: { $ref: "#/components/schemas/User" } }, "list of User", []],
])("%j reads as %s %j", (schema, type, limits) => {
  expect(describeSchema(schema)).toMatchObject({ type, limits, orNull: false });
});

test("null among the alternatives is said, not listed", () => {
  const nullable = { anyOf: [{ type: "string", maxLength: 9 }, { type: "null" }] };
  expect(describeSchema(nullable)).toMatchObject({
    type: "string",
    orNull: true,
    limits: ["up to 9 characters"],
  });
  expect(describeSchema({ type: ["string", "null"] })).toMatchObject({ type: "string", orNull: true });
});

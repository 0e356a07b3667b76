import { globSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { GET as health } from "@/app/api/health/route";
import { apiDocument } from "@/app/api/openapi.json/document";
import { GET } from "@/app/api/openapi.json/route";
import { routeGroups } from "@/app/api/openapi.json/routes";
import type { Handler } from "@/lib/http/route";
import { operationsOf } from "@/lib/openapi/document";
import { METHODS } from "@/lib/openapi/types";
import { call, nobody, withCentre } from "@/tests/app/api/call";
import { escaped, mismatches, undeclared } from "@/tests/app/api/declared";

withCentre();

const CATCH_ALL = "/api/[[...path]]";
const files = globSync("app/**/route.ts").filter((file) => !file.includes(CATCH_ALL));
const modules = Object.fromEntries(routeGroups.flatMap(({ routes }) => Object.entries(routes)));
const document = apiDocument();
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.flatMap((method) => (item[method] ? [{ path, method, ...item[method] }] : [])),
);

/** `app/api/users/[id]/route.ts` as OpenAPI writes it: `/api/users/{id}`. */
function addressOf(file: string): string {
  return file.replace(/^app|\/route\.ts$|\/\([^/]+\)/g, "").replace(/\[([^\]]+)\]/g, "{$1}");
}

test("a public validator finds nothing wrong with the document", async () => {
  const validator = new Validator();
  expect(await validator.validate({ ...structuredClone(document) })).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("it is what the server answers", async () => {
  const response = await call(GET);
  expect([response.status, await response.json()]).toEqual([200, document]);
  expect((await call(GET, { as: nobody })).status).toBe(401);
});

test("it has every route and nothing else", () => {
  expect(Object.keys(modules).sort()).toEqual(files.map(addressOf).sort());
});

describe.each(files)("%s", (file) => {
  test("is listed under its own address, and every method it has is described or refused", async () => {
    const module = (await import(/* @vite-ignore */ `../../../${file}`)) as Record<string, Handler>;
    const address = addressOf(file);
    expect(modules[address]).toBe(module);
    const described = operationsOf(module).map(({ method }) => method);
    expect(Object.keys(document.paths[address] ?? {})).toEqual(described);
    expect(described).not.toEqual([]);
    for (const [name, handler] of Object.entries(module)) {
      if (described.includes(name.toLowerCase() as (typeof METHODS)[number])) continue;
      const response = await call(handler, { method: name });
      expect([name, response.status]).toEqual([name, name === "OPTIONS" ? 204 : 405]);
    }
  });
});

test("an answer that differs from the document is noticed", async () => {
  const faults = async (body: unknown, init: ResponseInit = {}) =>
    await undeclared(health, Response.json(body, init));
  expect(await faults({ ok: true })).toEqual([]);
  expect(await faults({ ok: true, secret: "x" })).toHaveLength(1);
  expect(await faults({ ok: "yes" })).not.toEqual([]);
  expect(await faults({ ok: true }, { status: 201 })).toEqual(["status 201 is not declared"]);
  expect(await faults({}, { status: 500 })).toEqual(["application/json is not declared for 500"]);
});

test("operation ids are unique and readable", () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
});

test("summaries are one sentence", () => {
  for (const { summary } of operations) expect(summary).toMatch(/^[A-Z](?!.*\. ).*[^.]\.$/);
});

test("every body has an example, and every example fits its schema", () => {
  const pointers = operations.flatMap(({ path, method, requestBody }) => {
    const body = requestBody?.content["application/json"];
    return body ? [{ pointer: `paths/${escaped(path)}/${method}`, body }] : [];
  });
  for (const { pointer, body } of pointers) {
    expect(body).toHaveProperty("example");
    expect(mismatches(`${pointer}/requestBody/content/application~1json/schema`, body.example)).toEqual([]);
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    for (const example of schema.examples ?? []) {
      expect([name, mismatches(`components/schemas/${name}`, example)]).toEqual([name, []]);
    }
  }
});

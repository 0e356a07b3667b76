import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { GET as nowhere } from "@/app/api/[[...path]]/route";
import { POST as makePlan } from "@/app/api/plans/route";
import { GET as getSite } from "@/app/api/sites/[id]/route";
import { GET as listVerifications } from "@/app/api/sites/[id]/verifications/route";
import { GET as getUser } from "@/app/api/users/[id]/route";
import { POST as changeMany } from "@/app/api/users/bulk/route";
import { GET, OPTIONS, POST, PUT } from "@/app/api/users/route";
import { MAX_BODY_BYTES } from "@/lib/http/body";
import type { Problem } from "@/lib/http/problem";
import { call, callJson, withCentre } from "@/tests/app/api/call";

withCentre();

function post(body: unknown, headers: Record<string, string> = {}) {
  return callJson<Problem>(POST, { method: "POST", path: "/api/users", body, headers });
}

describe("a refused request", () => {
  test("gets a problem document whose request id is also in the headers", async () => {
    const response = await call(POST, { method: "POST", body: "{" });
    const problem = (await response.json()) as Problem;
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-request-id")).toBe(problem.requestId);
    expect(problem).toEqual({
      type: "urn:roster:problem:malformed-request",
      title: "The request cannot be read",
      status: 400,
      detail: "The body is not valid JSON in UTF-8.",
      code: "malformed_request",
      requestId: problem.requestId,
    });
  });

  test("learns of every wrong field at once: types, unknown fields, e-mail and lengths", async () => {
    const problem = await post({ email: "ada", full_name: 7, team: "x".repeat(101), nickname: "A" });
    expect(problem).toMatchObject({
      status: 422,
      code: "validation_failed",
      title: "The input is not right",
    });
    expect(problem.detail).toBe("4 fields are not right; see errors.");
    expect(Object.fromEntries(problem.errors?.map((error) => [error.path, error.message]) ?? [])).toEqual({
      email: "Enter an e-mail address such as ada@example.com.",
      full_name: "Give text.",
      team: "Use at most 100 characters.",
      nickname: "There is no such field.",
    });
  });

  test("learns the first thing that is wrong with each field, in plain words", async () => {
    const body = { ids: "x".repeat(201), query: 7, change: { role: [] }, after: "a".repeat(201) };
    const problem = await callJson<Problem>(changeMany, { method: "POST", body });
    expect(problem.errors).toEqual([
      { path: "ids", message: "Give a list." },
      { path: "query", message: "Give an object." },
      { path: "change.role", message: "Give text." },
      { path: "after", message: "Use at most 200 characters." },
    ]);
    const plan = await callJson<Problem>(makePlan, { method: "POST", body: { action: "sync" } });
    expect(plan.detail).toBe("action: Give one of sync_all, scope, mapping, removal, bulk, import.");
  });

  test("with an empty body learns what is missing", async () => {
    expect(await post("")).toMatchObject({ status: 422, detail: "email: Enter an e-mail address." });
  });

  test.each([[[]], ["null"], [7]])("whose body is %j instead of an object is told so", async (body) => {
    expect(await post(body)).toMatchObject({
      status: 422,
      errors: [{ path: "", message: "Send a JSON object." }],
    });
  });

  test("with text that no database can hold is told where it is", async () => {
    for (const full_name of ["a\0b", "half \ud800 a pair"]) {
      const problem = await post({ email: "ada@example.com", full_name });
      expect(problem).toMatchObject({ status: 422, errors: [{ path: "full_name" }] });
    }
  });

  test("with another content type is refused", async () => {
    const problem = await post("email=ada", { "content-type": "application/x-www-form-urlencoded" });
    expect(problem).toMatchObject({ status: 415, code: "unsupported_media_type" });
  });

  test("with a body over the limit is refused, announced or not", async () => {
    const body = JSON.stringify({ email: "a".repeat(MAX_BODY_BYTES) });
    expect(await post(body)).toMatchObject({ status: 413, code: "body_too_large" });
    expect(await post("{}", { "content-length": "1000001" })).toMatchObject({ status: 413 });
  });

  test("with unknown, repeated or wrong query parameters is refused", async () => {
    const problem = await callJson<Problem>(GET, { path: "/api/users?limit=501&colour=red&role=a&role=b" });
    expect(problem.status).toBe(422);
    expect(new Set(problem.errors?.map((error) => error.path))).toEqual(new Set(["limit", "colour", "role"]));
  });

  test.each([
    ["NUL in its text", ["2026-01-01T00:00:00Z", "\0"]],
    ["a year that PostgreSQL does not know", ["0000-01-01T00:00:00Z", "u1"]],
    ["an offset that PostgreSQL does not know", ["2026-01-01T00:00:00+23:59", "u1"]],
  ])("with a forged cursor with %s is refused", async (_, key) => {
    const cursor = Buffer.from(JSON.stringify(key)).toString("base64url");
    const problem = await callJson<Problem>(GET, { path: `/api/users?cursor=${cursor}` });
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "cursor" }] });
  });

  test("with a forged cursor of comparisons is refused as well", async () => {
    const cursor = Buffer.from('["0000-01-01T00:00:00Z"]').toString("base64url");
    const options = { path: `/api?cursor=${cursor}`, params: { id: randomUUID() } };
    const problem = await callJson<Problem>(listVerifications, options);
    expect(problem).toMatchObject({ status: 422, errors: [{ path: "cursor" }] });
  });

  test("for an id that cannot exist is a 404", async () => {
    const site = await callJson<Problem>(getSite, { params: { id: "not-a-uuid" } });
    expect(site).toMatchObject({ status: 404, code: "not_found" });
    const user = await callJson<Problem>(getUser, { params: { id: "a\0b" } });
    expect(user).toMatchObject({ status: 404, code: "not_found" });
    const long = await callJson<Problem>(getUser, { params: { id: "Ä".repeat(20_000) } });
    expect(long).toMatchObject({ status: 404, code: "not_found" });
  });
});

describe("a method that an address does not have", () => {
  test("is a 405 that names those it has", async () => {
    const response = await call(PUT, { method: "PUT", body: {} });
    expect(response.headers.get("allow")).toBe("GET, POST, HEAD, OPTIONS");
    expect(await response.json()).toMatchObject({
      status: 405,
      code: "method_not_allowed",
      detail: "PUT does not work here; use GET, POST, HEAD, OPTIONS.",
    });
  });

  test("can be asked for by OPTIONS", async () => {
    const response = await call(OPTIONS, { method: "OPTIONS" });
    expect([response.status, response.headers.get("allow")]).toEqual([204, "GET, POST, HEAD, OPTIONS"]);
  });
});

test("an address that does not exist is a 404 problem", async () => {
  const problem = await callJson<Problem>(nowhere, { path: "/api/nothing?here=1" });
  expect(problem).toMatchObject({
    status: 404,
    code: "not_found",
    detail: "There is nothing at this address.",
  });
});

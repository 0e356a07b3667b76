import { describe, expect, test } from "vitest";
import { type Answer, classify } from "@/lib/sync/core/classify";
import { adviceFor, type FailureCode, policyOf } from "@/lib/sync/core/failure";

const answers: [string, Answer, FailureCode][] = [
  ["a name that is not known", { status: 0, code: "ENOTFOUND" }, "unreachable"],
  ["a refused connection", { status: 0, code: "ECONNREFUSED" }, "unreachable"],
  ["no answer in time", { status: 0, code: "TimeoutError" }, "unreachable"],
  [
    "an address that Roster refuses",
    { status: 0, code: "ADDRESS_REFUSED", refusal: "No." },
    "address_refused",
  ],
  ["a server error", { status: 500 }, "unreachable"],
  ["Cloudflare without origin", { status: 522, foreign: true }, "unreachable"],
  ["a web page instead of an API", { status: 200, foreign: true }, "not_supabase"],
  ["a redirect", { status: 301, foreign: true }, "not_supabase"],
  ["an API without this path", { status: 404 }, "not_supabase"],
  ["too many requests", { status: 429 }, "throttled"],
  ["unavailable with a time", { status: 503, retryAfterSeconds: 30 }, "throttled"],
  ["unavailable without a time", { status: 503 }, "unreachable"],
  ["a paused project", { status: 540 }, "project_paused"],
  ["a restricted project", { status: 402 }, "project_restricted"],
  ["an invalid key", { status: 401 }, "credentials_rejected"],
  ["an expired JWT", { status: 401, code: "PGRST303" }, "credentials_rejected"],
  ["no table in the schema cache", { status: 404, code: "PGRST205" }, "table_missing"],
  ["no table", { status: 404, code: "42P01" }, "table_missing"],
  [
    "no column in the schema cache",
    { status: 400, code: "PGRST204", message: "no column" },
    "column_missing",
  ],
  ["no column", { status: 400, code: "42703" }, "column_missing"],
  ["no permission, by code and not by status", { status: 401, code: "42501" }, "not_permitted"],
  ["a unique value", { status: 409, code: "23505" }, "conflict"],
  ["a missing value", { status: 400, code: "23502" }, "value_refused"],
  ["a foreign key", { status: 409, code: "23503" }, "value_refused"],
  ["a check", { status: 400, code: "23514" }, "value_refused"],
  ["a text that is too long", { status: 400, code: "22001" }, "value_refused"],
  ["a trigger that objects", { status: 400, code: "P0001" }, "value_refused"],
  ["a database error nobody listed", { status: 400, code: "2BP01" }, "value_refused"],
  [
    "an id without a unique index",
    { status: 400, code: "42P10", message: "no unique constraint" },
    "refused",
  ],
  ["a statement timeout", { status: 500, code: "57014" }, "too_large"],
  ["a body that is too large", { status: 413 }, "too_large"],
  ["a read-only database", { status: 405, code: "25006" }, "busy"],
  ["no connection left", { status: 503, code: "53300" }, "busy"],
  ["a restart", { status: 503, code: "57P01" }, "busy"],
  ["a deadlock", { status: 500, code: "40P01" }, "busy"],
  ["a request nobody understands", { status: 418 }, "refused"],
];

describe("classify", () => {
  test.each(answers)("%s", (_, answer, code) => {
    const failure = classify(answer);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(/^[A-Z]?.+/);
    expect(adviceFor(code)).toMatch(/\.$/);
    expect(policyOf(failure).kind).toBeTruthy();
  });

  test("decides by code, whatever the text says", () => {
    const message = "permission denied, duplicate key, JWT expired";
    expect(classify({ status: 400, code: "23514", message }).code).toBe("value_refused");
  });

  test("names the column and value of a conflict", () => {
    const details = "Key (email)=(ada@example.com) already exists.";
    expect(classify({ status: 409, code: "23505", details }).message).toBe(
      "Another row at the site already has this email (ada@example.com).",
    );
  });

  test("passes on how long the site wants to be left alone", () => {
    expect(classify({ status: 429, retryAfterSeconds: 17 }).retryAfterSeconds).toBe(17);
  });

  test("cuts a long sentence of the database", () => {
    const { message } = classify({ status: 400, code: "23514", message: "x".repeat(5_000) });
    expect(message.length).toBeLessThan(310);
  });
});

test("reasons that are no failure of the site have advice too, and unknown ones have none", () => {
  expect(adviceFor("credentials_missing")).toContain("database icon");
  expect(adviceFor("site_paused")).toContain("Resume");
  expect(adviceFor(null)).toBeNull();
  expect(adviceFor("toString")).toBeNull();
});

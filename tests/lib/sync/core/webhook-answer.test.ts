import { describe, expect, test } from "vitest";
import { adviceFor, type FailureCode, type Policy, policyOf } from "@/lib/sync/core/failure";
import { classifyWebhook, readAnswer, type WebhookAnswer } from "@/lib/sync/core/webhook-answer";

const failures: [string, WebhookAnswer, FailureCode, Policy["kind"]][] = [
  ["a refused connection", { status: 0, code: "ECONNREFUSED" }, "unreachable", "retry_site"],
  ["no answer in time", { status: 0, code: "TimeoutError" }, "unreachable", "retry_site"],
  ["a request timeout", { status: 408 }, "unreachable", "retry_site"],
  ["a server error", { status: 500 }, "unreachable", "retry_site"],
  ["a gateway without origin", { status: 522, page: true }, "unreachable", "retry_site"],
  ["unavailable without a time", { status: 503 }, "unreachable", "retry_site"],
  ["a web page instead of an answer", { status: 200, page: true }, "unreachable", "retry_site"],
  ["too many requests", { status: 429 }, "throttled", "retry_site"],
  ["unavailable with a time", { status: 503, retryAfterSeconds: 30 }, "throttled", "retry_site"],
  ["no valid signature", { status: 401 }, "signature_refused", "block_site"],
  ["a forbidden signature", { status: 403 }, "signature_refused", "block_site"],
  ["an address that Roster refuses", { status: 0, refusal: "No." }, "address_refused", "block_site"],
  ["gone", { status: 410 }, "endpoint_gone", "block_site"],
  ["not found", { status: 404 }, "endpoint_missing", "block_site"],
  ["no POST there", { status: 405 }, "endpoint_missing", "block_site"],
  ["a redirect", { status: 308 }, "endpoint_moved", "block_site"],
  ["a paused project", { status: 540 }, "project_paused", "block_site"],
  ["a restricted project", { status: 402 }, "project_restricted", "block_site"],
  ["a request nobody understands", { status: 418 }, "refused", "block_site"],
  ["a bad request", { status: 400 }, "user_refused", "fail_user"],
  ["a conflict", { status: 409 }, "user_refused", "fail_user"],
  ["a body that is too large", { status: 413 }, "user_refused", "fail_user"],
  ["an entity that does not fit", { status: 422 }, "user_refused", "fail_user"],
  ["success: false", { status: 200, refused: true }, "user_refused", "fail_user"],
];

describe("a receiver's answer", () => {
  test.each(failures)("%s", (_, answer, code, policy) => {
    const failure = classifyWebhook(answer);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/^[A-Z].+\.$/) });
    if (failure) expect(policyOf(failure).kind).toBe(policy);
    expect(adviceFor(code)).toMatch(/\.$/);
  });

  test.each([200, 201, 202, 204, 299])("%i is a success", (status) => {
    expect(classifyWebhook({ status })).toBeNull();
  });

  test("passes on how long the site wants to be left alone", () => {
    expect(classifyWebhook({ status: 429, retryAfterSeconds: 17 })?.retryAfterSeconds).toBe(17);
  });

  test("of a refusal is shown on one line, cut to 300 characters and storable by the centre", () => {
    const message = `No\u0000\nroom ${"😀".repeat(400)}`;
    const shown = classifyWebhook({ status: 422, message })?.message ?? "";
    expect(shown).toMatch(/^No room 😀/u);
    expect(shown.length).toBeLessThan(305);
    expect(shown.isWellFormed()).toBe(true);
  });
});

describe("reading an answer", () => {
  const read = (body: string | null, status = 200) => readAnswer(new Response(body, { status }));

  test.each([
    ["nothing", null, {}],
    ["text", "ok", {}],
    ["other JSON", '[{"success":false}]', {}],
    ["success: false with the reason", '{"success":false,"error":"No"}', { refused: true, message: "No" }],
    ["success: true", '{"success":true}', { refused: false }],
    ["a page", "\n<!DOCTYPE html><p>Sign in", { page: true }],
  ])("understands %s", async (_, body, expected) => {
    expect(await read(body)).toMatchObject({ status: 200, ...expected });
  });

  test("ends after 64 kB, however much there is", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(8_192).fill(++pulled)),
    });
    expect(await readAnswer(new Response(endless))).toMatchObject({ status: 200, refused: false });
    expect(pulled).toBeLessThan(15);
  });
});

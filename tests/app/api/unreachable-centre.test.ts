import { beforeAll, expect, test } from "vitest";
import { GET as health } from "@/app/api/health/route";
import { GET as overview } from "@/app/api/overview/route";
import { POST, GET as users } from "@/app/api/users/route";
import { call, deadUrl, setEnvironment } from "@/tests/app/api/call";

beforeAll(async () => {
  setEnvironment(await deadUrl(), "sb_secret_nobody_sees_this");
});

test.each([
  ["health", health, "GET"],
  ["overview", overview, "GET"],
  ["the list of users", users, "GET"],
  ["creating a user", POST, "POST"],
] as const)("%s is a 503 problem that tells no address and no key", async (_name, handler, method) => {
  const body = method === "POST" ? { email: "ada@example.com" } : undefined;
  const response = await call(handler, { method, body });
  const text = await response.text();
  expect(response.status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({
    code: "centre_unavailable",
    detail: "The central Supabase project does not answer. Try again in a moment.",
  });
  expect(text).not.toMatch(/127\.0\.0\.1|sb_secret/);
});

import { beforeAll, expect, test } from "vitest";
import { GET as health } from "@/app/api/health/route";
import type { Problem } from "@/lib/http/problem";
import { callJson, setEnvironment, withCentre } from "@/tests/app/api/call";

const centre = withCentre();

beforeAll(() => {
  setEnvironment(centre().url, "sb_secret_wrong");
});

test("a secret key that the centre refuses is said to be that", async () => {
  const problem = await callJson<Problem>(health);
  expect(problem).toMatchObject({ status: 503, code: "centre_unavailable" });
  expect(problem.detail).toContain("Check SUPABASE_SECRET_KEY");
});

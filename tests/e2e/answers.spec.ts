import { DATA_POLICY, SECURITY_HEADERS } from "@/lib/http/security-headers";
import { ask, filesOf, rawRequest } from "@/tests/e2e/support/raw-request";
import { expect, test } from "@/tests/e2e/support/test";

const nonceOf = (policy: string | undefined) => /'nonce-([\w+/=]{24})'/.exec(policy ?? "")?.[1];

test.describe("every answer", () => {
  const cases: [string, string, number][] = [
    ["a page", "/users", 200],
    ["a page that does not exist", "/nowhere", 404],
    ["a file", "/icon.svg", 200],
    ["a file that does not exist", "/_next/static/nowhere.js", 404],
    ["the API", "/api/health", 200],
    ["a call that does not exist", "/api/nowhere", 404],
    ["an address that cannot be read", "/api/users/x%zz", 400],
  ];

  for (const [what, path, status] of cases) {
    test(`protects itself in browsers: ${what}`, async ({ context, demo }) => {
      const answer = await ask(context, demo.facts.dashboardUrl, path);
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject(SECURITY_HEADERS);
      expect(answer.headers).not.toHaveProperty("x-powered-by");
      expect(answer.headers).not.toHaveProperty("server");
      // The demo is not behind https.
      expect(answer.headers).not.toHaveProperty("strict-transport-security");
      if (path.startsWith("/api/")) expect(answer.headers["content-security-policy"]).toBe(DATA_POLICY);
    });
  }

  test("of a page has a content policy with a nonce that is used once", async ({ context, demo }) => {
    const nonces = new Set<string | undefined>();
    for (const path of ["/users", "/users", "/nowhere", "/settings"]) {
      const spoofed = { "x-nonce": "mine", "content-security-policy": "script-src 'nonce-mine'" };
      const { headers, body } = await ask(context, demo.facts.dashboardUrl, path, spoofed);
      const policy = headers["content-security-policy"];
      const nonce = nonceOf(policy);
      nonces.add(nonce);
      expect(policy).toContain(`script-src 'nonce-${nonce}' 'strict-dynamic';`);
      for (const directive of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
        expect(policy).toContain(directive);
      }
      const scripts = [...body.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
      expect(scripts.length).toBeGreaterThan(3);
      expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([]);
      expect(body).not.toContain("mine");
    }
    expect(nonces.size).toBe(4);
  });

  test("keeps the sources: no file leads to a source map", async ({ context, demo }) => {
    const files = await filesOf(context, demo.facts.dashboardUrl);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const { status, body } = await rawRequest(demo.facts.dashboardUrl, "GET", file);
      expect([file, status, body.includes("sourceMappingURL=")]).toEqual([file, 200, false]);
      expect((await rawRequest(demo.facts.dashboardUrl, "GET", `${file}.map`)).status).toBe(404);
    }
  });
});

test.describe("what Next would stumble over", () => {
  const paths = [
    "/api/users/x%zz",
    "/api/%",
    "/api/users/%c0%af",
    "/api/sync/runs/%E0%A4%A/events",
    "/users/%ff",
  ];
  for (const path of paths) {
    test(`is a problem with the address: ${path}`, async ({ demo }) => {
      for (const method of ["GET", "HEAD", ...(path.startsWith("/api") ? ["PATCH", "DELETE"] : [])]) {
        const { status, headers, body } = await rawRequest(demo.facts.dashboardUrl, method, path);
        expect([status, headers["content-type"]]).toEqual([400, "application/problem+json"]);
        if (method === "HEAD") continue;
        const problem = JSON.parse(body) as object;
        expect(problem).toMatchObject({ code: "malformed_request", requestId: headers["x-request-id"] });
      }
    });
  }

  for (const method of ["TRACE", "PROPFIND", "SEARCH", "QUERY", "LOCK", "M-SEARCH"]) {
    test(`is a method that nobody knows: ${method}`, async ({ demo }) => {
      for (const path of ["/", "/api/users", "/api/nowhere", "/_next/static/x.js"]) {
        const { status, body } = await rawRequest(demo.facts.dashboardUrl, method, path);
        expect([status, JSON.parse(body)]).toMatchObject([501, { code: "method_not_implemented" }]);
      }
    });
  }

  test("is a write to a page, such as a server action", async ({ demo }) => {
    const action = { "next-action": "7f".padEnd(42, "0"), "content-type": "text/plain" };
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const path of ["/", "/users", "/nowhere", "/apix"]) {
        const { status, headers } = await rawRequest(demo.facts.dashboardUrl, method, path, action);
        expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
      }
    }
  });
});

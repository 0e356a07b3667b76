import { expect, test } from "vitest";
import { pagePolicy, transportSecurity } from "@/lib/http/security-headers";

test("browsers are told to stay with https where the server's address has it, and only there", () => {
  expect(transportSecurity("https://roster.example.com")).toBe("max-age=63072000");
  for (const url of [undefined, "", "http://roster.example.com", "https", "x-https://y"]) {
    expect(transportSecurity(url)).toBeUndefined();
  }
});

test("a page's scripts need the nonce, and nothing lets inline scripts or eval in", () => {
  const policy = pagePolicy("bm9uY2U=", false);
  expect(policy).toContain("script-src 'nonce-bm9uY2U=' 'strict-dynamic';");
  const scripts = policy.split("; ").filter((directive) => directive.startsWith("script-src"));
  expect(scripts.join()).not.toMatch(/unsafe|https?:|\*/);
  expect(pagePolicy("bm9uY2U=", true)).toContain("'unsafe-eval'");
});

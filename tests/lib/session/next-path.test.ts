import { expect, test } from "vitest";
import { nextPath, signInPath } from "@/lib/session/next-path";

test.each([
  ["/users?q=ada#top", "/users?q=ada#top"],
  ["/settings/../log", "/log"],
  ["/", "/"],
])("%s is a path of this site", (next, path) => {
  expect(nextPath(next)).toBe(path);
});

test.each([
  null,
  undefined,
  "",
  "users",
  "https://evil.example",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/.//evil.example",
  "/x/..//evil.example",
  "/%2e//evil.example",
  "javascript:alert(1)",
  "http:/evil.example",
  "/ /../\\evil.example",
  "//",
  "//[",
])("%j leads nowhere but to the overview", (next) => {
  expect(nextPath(next)).toBe("/");
});

test("what a browser makes of any followed path stays on this site", () => {
  const pieces = ["/", "\\", ".", "..", "//", "\t", "evil.example", "@", ":", "%2f", "?", "#"];
  const home = "https://roster.example.com";
  for (const a of pieces)
    for (const b of pieces)
      for (const c of pieces)
        for (const d of pieces) {
          const followed = new URL(nextPath(`/${a}${b}${c}${d}`), home);
          expect(followed.origin).toBe(home);
        }
});

test("the sign-in page is told where to lead back", () => {
  expect(signInPath("/")).toBe("/sign-in");
  const path = "/log?status=failed&user=a b";
  const { searchParams } = new URL(signInPath(path), "https://roster.example.com");
  expect(searchParams.get("next")).toBe(path);
});

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { requestedBy } from "@/components/sync/run-words";

test("what starts the sync of a site is said in words, also of what comes to the centre later", async () => {
  const sql = await readFile("supabase/user-sync-schema.sql", "utf8");
  const starts = sql.matchAll(/(?:sync_start_full\('site', [^;]*?|site_start_over\([\w.]+), '([\w-]+)'\)/g);
  const causes = [...starts].map(([, cause]) => String(cause));
  expect(causes).toEqual(expect.arrayContaining(["credentials", "scope", "take-over"]));
  for (const cause of causes) {
    expect(requestedBy({ kind: "site", requestedBy: cause })).toMatch(/^after /);
  }
  expect(requestedBy({ kind: "all", requestedBy: "ada@example.com" })).toBe("by ada@example.com");
});

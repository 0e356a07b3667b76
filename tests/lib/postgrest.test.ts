import { expect, test } from "vitest";
import { equalIgnoringCase, searchFilter } from "@/lib/postgrest";

test("nothing of a search has a meaning for PostgREST or for a pattern", () => {
  const filter = searchFilter(`é1,)("'.*%_\\😀`, ["email"]);
  expect(filter).toBe(
    String.raw`email.imatch.é1\u002c\u0029\u0028\u0022\u0027\u002e\u002a\u0025\u005f\u005c\U0001f600`,
  );
});

test("every column is searched, and the id from its beginning", () => {
  expect(searchFilter("ab", ["email", "full_name"], "id")).toBe(
    "email.imatch.ab,full_name.imatch.ab,id.imatch.^ab",
  );
});

test("equality holds for the whole text", () => {
  expect(equalIgnoringCase("email", "a@b")).toBe(String.raw`email.imatch.^a\u0040b$`);
});

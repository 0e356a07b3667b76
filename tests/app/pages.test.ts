import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const pages = globSync("app/(dashboard)/**/page.tsx");

test("there are pages", () => {
  expect(pages.length).toBeGreaterThan(5);
});

// A layout is not asked again when one goes from page to page, so it cannot ask for them.
test.each(pages)("%s asks who looks at it before it shows anything", (file) => {
  const source = readFileSync(file, "utf8");
  const body = source.slice(source.indexOf("export default async function"));
  const [statement] = body
    .slice(body.indexOf("{\n") + 1)
    .trim()
    .split(";");
  expect(statement).toMatch(/^(const \w+ = )?await requireMember\(/);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBlocks } from "@/components/docs/blocks";

test("headings, paragraphs, steps, tables and code are told apart", () => {
  const markdown =
    "# Title\n\nOne\nsentence.\n\n1. First\n   goes on\n2. Second\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\n# no heading\n\n```\nText";
  expect(readBlocks(markdown)).toEqual([
    { kind: "heading", level: 1, text: "Title" },
    { kind: "paragraph", text: "One sentence." },
    { kind: "list", items: ["First goes on", "Second"] },
    { kind: "table", head: ["a", "b"], rows: [["1", "2"]] },
    { kind: "code", language: "ts", text: "# no heading\n" },
    { kind: "paragraph", text: "Text" },
  ]);
});

test("the page for a site's developer is understood whole", () => {
  const blocks = readBlocks(readFileSync("docs/receiving-users.md", "utf8"));
  expect(blocks.filter(({ kind }) => kind === "code").length).toBeGreaterThan(2);
  const texts = blocks.flatMap((block) => (block.kind === "paragraph" ? [block.text] : []));
  expect(texts.filter((text) => /^(#|\||```|[-*] |> )/.test(text))).toEqual([]);
});

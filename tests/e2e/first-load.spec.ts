import { globSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { APIRequestContext } from "@playwright/test";
import { expect, test } from "@/tests/e2e/support/test";

/** What a page may cost before it works, in kB of compressed JavaScript: on a slow phone each 100 kB are a second. */
const MOST_KB = 250;

/** Every page of the dashboard, as its folder says: "/sites/[id]/verify". */
const pages = globSync("app/(dashboard)/**/page.tsx").map(
  (file) => `/${path.relative("app/(dashboard)", path.dirname(file))}`,
);

for (const page of pages) {
  test(`${page} loads less than ${MOST_KB} kB of JavaScript first`, async ({ request }) => {
    const chunks = await chunksOf(request, await addressOf(request, page));
    // Fewer would mean that they are no longer found.
    expect(chunks.length).toBeGreaterThan(5);
    const sizes = await Promise.all(chunks.map((chunk) => compressedSize(request, chunk)));
    const kilobytes = sizes.reduce((sum, size) => sum + size, 0) / 1000;
    test.info().annotations.push({ type: "first load", description: `${page}: ${kilobytes.toFixed(0)} kB` });
    expect(kilobytes).toBeLessThan(MOST_KB);
  });
}

/** A page's address, with the id of some user or site where it has one. */
async function addressOf(request: APIRequestContext, page: string): Promise<string> {
  const [, list] = /^\/(\w+)\/\[id\]/.exec(page) ?? [];
  if (!list) return page;
  const { items } = await (await request.get(`/api/${list}?limit=1`)).json();
  return page.replace("[id]", items[0].id);
}

/**
 * The scripts that a page's HTML asks for, by a tag or ahead of one. What is loaded on demand is not among them, nor is
 * what only browsers without modules load.
 */
async function chunksOf(request: APIRequestContext, path: string): Promise<string[]> {
  const html = await (await request.get(path)).text();
  const tags = html.match(/<(?:script|link)\b[^>]*\/_next\/static\/[^>]*>/g) ?? [];
  const modern = tags.filter((tag) => !/\bnomodule\b/i.test(tag));
  return [...new Set(modern.flatMap((tag) => /"([^"]+\.js)[^"]*"/.exec(tag)?.[1] ?? []))];
}

async function compressedSize(request: APIRequestContext, chunk: string): Promise<number> {
  return gzipSync(await (await request.get(chunk)).body()).byteLength;
}

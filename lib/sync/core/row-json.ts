import type { SiteRow } from "./plan";

const made = new WeakMap<SiteRow, string>();

/** A row as JSON, which is made once: its length decides which rows share a request, and then it is sent. */
export function rowJson(row: SiteRow): string {
  const known = made.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify(row);
  made.set(row, text);
  return text;
}

/** A key as it can be compared with what a site answers, which writes UUIDs in lower case. */
export function normalKey(key: unknown): string {
  const text = String(key);
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : text;
}

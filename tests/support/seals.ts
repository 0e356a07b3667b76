/** A sealed text with another header and everything else as it was. */
export function withHeader(
  sealed: string,
  change: (header: Record<string, unknown>) => Record<string, unknown>,
): string {
  const [header = "", ...rest] = sealed.split(".");
  const changed = change(JSON.parse(Buffer.from(header, "base64url").toString()));
  return [Buffer.from(JSON.stringify(changed)).toString("base64url"), ...rest].join(".");
}

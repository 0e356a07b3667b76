import { randomUUID } from "node:crypto";
import type { RawRequest } from "@/tests/server/support/raw-request";

/** The methods that every address is asked by. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof METHODS)[number];

const READS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

export function isWrite(method: string): boolean {
  return !READS.includes(method);
}

/** What some addresses need before they look further. */
const QUERIES: Record<string, string> = {
  "GET /api/sync/user": "?userId=nobody",
  "HEAD /api/sync/user": "?userId=nobody",
  "GET /api/invitations/preview": "?token=x",
  "HEAD /api/invitations/preview": "?token=x",
};

/**
 * A request that changes nothing even when it is let in: what it asks about is not there, and its body has a field
 * that no call knows. Access is looked at before the input, so 422 says that the caller was let in.
 */
export function harmless(method: Method, address: string): RawRequest {
  const path = address
    .replace(/\{(id|verificationId)\}/g, () => randomUUID())
    .replaceAll("{provider}", "nowhere");
  const request = { method, path: path + (QUERIES[`${method} ${address}`] ?? "") };
  if (!isWrite(method)) return request;
  if (address === "/api/users/import") {
    return { ...request, headers: { "content-type": "text/csv" }, body: "no_such_column\n1" };
  }
  return { ...request, headers: { "content-type": "application/json" }, body: '{"noSuchField":1}' };
}

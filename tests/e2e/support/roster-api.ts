import type { DemoFacts } from "@/tests/e2e/support/demo";

/** Calls Roster's HTTP API as a script would. @throws when the answer is no success */
export async function callRoster<T = unknown>(
  { dashboardUrl, apiKey }: DemoFacts,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(new URL(path, dashboardUrl), {
    method,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

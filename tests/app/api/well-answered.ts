import type { DescribedHandler } from "@/lib/http/route";
import { undeclared } from "@/tests/app/api/declared";

const STACK = /\n\s+at |node_modules|node:internal|\.tsx?:\d/;

/** What no answer may be, whatever was asked: undeclared, an error of ours, or one that shows our code. */
export async function faultsOf(handler: DescribedHandler, response: Response): Promise<string[]> {
  if (response.headers.get("content-type") === "text/event-stream") {
    await response.body?.cancel();
    return [];
  }
  const faults = await undeclared(handler, response);
  const text = await response.text();
  if (response.status >= 500) faults.push(`${response.status}: ${text}`);
  if (STACK.test(text)) faults.push("it shows a stack trace");
  if (response.headers.get("x-request-id") === null) faults.push("it has no request id");
  return faults;
}

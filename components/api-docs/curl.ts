import type { ApiOperation } from "@/lib/openapi/types";
import { accessOf } from "./access";

/** A call for a shell in which ROSTER_URL and the secret are set; undefined when no script may make it. */
export function curlOf(path: string, method: string, operation: ApiOperation): string | undefined {
  const access = accessOf(operation);
  if (access.kind === "member") return undefined;
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name }) => `${name}=<${name}>`);
  const address = path.replaceAll(/\{(\w+)\}/g, "<$1>") + (query.length > 0 ? `?${query.join("&")}` : "");
  const body = operation.requestBody?.content["application/json"];
  const lines = [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"$ROSTER_URL${address}"`,
    ...(access.kind === "public" ? [] : [`-H "Authorization: Bearer $${access.variable}"`]),
    ...(body ? ["-H 'Content-Type: application/json'", `-d '${oneLine(body.example ?? {})}'`] : []),
  ];
  return lines.join(" \\\n  ");
}

/** JSON with spaces, where a narrow window may break it. */
function oneLine(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, " ");
}

import type { ApiOperation } from "@/lib/openapi/types";
import { entrancesOf } from "./access";

const SECRETS = { key: "ROSTER_API_KEY", secret: "ROSTER_DRAIN_SECRET" } as const;

/** A call for a shell in which ROSTER_URL and the secret are set; undefined when only browsers make it. */
export function curlOf(path: string, method: string, operation: ApiOperation): string | undefined {
  const kinds = entrancesOf(operation).map(({ kind }) => kind);
  const variables = kinds.flatMap((kind) => (kind === "key" || kind === "secret" ? [SECRETS[kind]] : []));
  const forScripts = kinds.includes("anybody") ? !("302" in operation.responses) : variables.length > 0;
  if (!forScripts) return undefined;
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name }) => `${name}=<${name}>`);
  const address = path.replaceAll(/\{(\w+)\}/g, "<$1>") + (query.length > 0 ? `?${query.join("&")}` : "");
  const body = operation.requestBody?.content["application/json"];
  const lines = [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"$ROSTER_URL${address}"`,
    ...variables.map((variable) => `-H "Authorization: Bearer $${variable}"`),
    ...(body ? ["-H 'Content-Type: application/json'", `-d '${oneLine(body.example ?? {})}'`] : []),
  ];
  return lines.join(" \\\n  ");
}

/** JSON with spaces, where a narrow window may break it. */
function oneLine(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, " ");
}

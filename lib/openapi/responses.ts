import type { ErrorCode } from "@/lib/errors";
import { type Answers, errorCodes, type Operation } from "@/lib/http/operation";
import { meaningOf, problem } from "@/lib/http/problem";
import { jsonSchema } from "./json-schema";
import type { ApiDocument, ApiReference, ApiResponse, JsonSchema } from "./types";

type Components = ApiDocument["components"];

/** Every answer that a call may give, by status. */
export function responsesOf(
  operation: Operation,
  method: string,
  components: Components,
): Record<string, ApiResponse | ApiReference> {
  const good = Object.entries(operation.answers).map(([status, answer]) => [
    status,
    goodResponse(status, answer, components),
  ]);
  const codes = Map.groupBy(errorCodes(operation, method), (code) => meaningOf(code).status);
  const bad = [...codes].map(([status, ofStatus]) => [status, problemResponse(ofStatus, components)]);
  return Object.fromEntries([...good, ...bad]);
}

const TEXT: JsonSchema = { type: "string" };

function goodResponse(status: string, answer: Answers[number], { schemas }: Components): ApiResponse {
  if (answer === null) {
    if (!status.startsWith("3")) return { description: "Done; the answer is empty." };
    const headers = { Location: { description: "Where to go on.", schema: TEXT } };
    return { description: "Leads on to another page.", headers };
  }
  if ("events" in answer) {
    const { $ref = "" } = jsonSchema(answer.events, "output", schemas);
    const description = `Server-sent events; the data of each is a ${$ref.split("/").at(-1)} as JSON.`;
    return { description, content: { "text/event-stream": { schema: TEXT } } };
  }
  if ("csv" in answer) return { description: "CSV.", content: { "text/csv": { schema: TEXT } } };
  if ("text" in answer) {
    const [mediaType = ""] = answer.text.split(";");
    return { description: "Text.", content: { [mediaType]: { schema: TEXT } } };
  }
  const schema = jsonSchema(answer, "output", schemas);
  return { description: "Done.", content: { "application/json": { schema } } };
}

const RETRY_AFTER = {
  "Retry-After": { description: "Seconds to wait before the next try.", schema: { type: "integer" } },
};

/** Most calls fail in the same ways, so each way is a component. */
function problemResponse(codes: ErrorCode[], { schemas, responses }: Components): ApiReference {
  const name = codes.map(pascalCase).join("Or");
  const schema: JsonSchema = {
    ...jsonSchema(problem, "output", schemas),
    properties: { code: { enum: codes } },
  };
  responses[name] = {
    description: codes.map((code) => `\`${code}\`: ${meaningOf(code).title}.`).join(" "),
    ...(codes.includes("rate_limited") && { headers: RETRY_AFTER }),
    content: { "application/problem+json": { schema } },
  };
  return { $ref: `#/components/responses/${name}` };
}

function pascalCase(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

import type { z } from "zod";
import type { DescribedHandler } from "@/lib/http/route";
import { jsonSchema } from "./json-schema";
import { responsesOf } from "./responses";
import { SECURITY_SCHEMES, securityFor } from "./security";
import {
  type ApiDocument,
  type ApiOperation,
  type ApiParameter,
  type ApiRequestBody,
  type ApiTag,
  METHODS,
} from "./types";

/** A route file: handlers by method; those that `route` did not make only refuse. */
export type RouteModule = Readonly<Record<string, unknown>>;

/** Calls that belong together, by their address as OpenAPI writes it. */
export interface RouteGroup extends ApiTag {
  routes: Readonly<Record<string, RouteModule>>;
}

/** The operations of a route file, by method in lower case. */
export function operationsOf(module: RouteModule) {
  return METHODS.flatMap((method) => {
    const handler = module[method.toUpperCase()];
    return isDescribed(handler) ? [{ method, handler, operation: handler.operation }] : [];
  });
}

function isDescribed(handler: unknown): handler is DescribedHandler {
  return typeof handler === "function" && "operation" in handler;
}

const DESCRIPTION = `JSON in and out. Records keep their column names (\`full_name\`); everything else is camelCase. Unknown fields are refused. Lists take \`limit\` and \`cursor\` and answer \`items\` and \`nextCursor\`. Errors are problem documents (RFC 9457) whose \`code\` does not change.`;

/** The OpenAPI document of the given routes. */
export function createDocument(groups: readonly RouteGroup[], version: string): ApiDocument {
  const components: ApiDocument["components"] = {
    schemas: {},
    responses: {},
    securitySchemes: SECURITY_SCHEMES,
  };
  const paths: ApiDocument["paths"] = {};
  for (const { name, routes } of groups) {
    for (const [path, module] of Object.entries(routes)) {
      const calls = operationsOf(module).map((call) => [
        call.method,
        operationObject(call, name, components),
      ]);
      paths[path] = Object.fromEntries(calls);
    }
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Roster",
      version,
      summary: "One list of users, in every connected site.",
      description: DESCRIPTION,
    },
    servers: [{ url: "/", description: "This installation" }],
    tags: groups.map(({ name, description }) => ({ name, description })),
    paths,
    components,
  };
}

type Call = ReturnType<typeof operationsOf>[number];
type Components = ApiDocument["components"];

function operationObject({ method, operation }: Call, tag: string, components: Components): ApiOperation {
  const { params, query, body, csv } = operation;
  const parameters = [
    ...parametersOf("path", params, components),
    ...parametersOf("query", query, components),
  ];
  return {
    operationId: operation.id,
    tags: [tag],
    summary: operation.summary,
    ...(operation.description !== undefined && { description: operation.description }),
    security: securityFor(operation.access),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: csv ? CSV_BODY : requestBody(body, operation.example, components) }),
    responses: responsesOf(operation, method, components),
  };
}

const CSV_BODY: ApiRequestBody = { required: true, content: { "text/csv": { schema: { type: "string" } } } };

function requestBody(body: z.ZodType, example: unknown, { schemas }: Components): ApiRequestBody {
  const content = {
    schema: jsonSchema(body, "input", schemas),
    ...(example !== undefined && { example }),
  };
  // An empty body counts as {}.
  return { required: !body.safeParse({}).success, content: { "application/json": content } };
}

function parametersOf(
  place: "path" | "query",
  schema: z.ZodType | undefined,
  { schemas }: Components,
): ApiParameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input", schemas);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

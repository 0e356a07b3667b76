import type { JsonSchema } from "@/lib/openapi/types";

const FORMATS: Record<string, string> = {
  "date-time": "2026-11-20T09:00:00+00:00",
  email: "ada@example.com",
  uri: "https://hrms.example.com",
  uuid: "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90",
};

/** A value that fits a schema: its own example where it has one. `schemas` are the document's named ones. */
export function exampleOf(schema: JsonSchema, schemas: Record<string, JsonSchema>): unknown {
  const [example] = schema.examples ?? [];
  if (example !== undefined) return example;
  const named = schemas[schema.$ref?.split("/").at(-1) ?? ""];
  if (named) return exampleOf(named, schemas);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return exampleOf(first, schemas);
  return exampleOfType(schema, schemas);
}

function exampleOfType(schema: JsonSchema, schemas: Record<string, JsonSchema>): unknown {
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [name, exampleOf(field, schemas)]),
      );
    case "array":
      return typeof schema.items === "object" ? [exampleOf(schema.items, schemas)] : [];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "string":
      return FORMATS[schema.format ?? ""] ?? "…";
    default:
      return null;
  }
}

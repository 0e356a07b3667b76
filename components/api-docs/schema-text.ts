import type { JsonSchema } from "@/lib/openapi/types";

/** Name of a schema that is described elsewhere on the page. */
function refName(schema: JsonSchema): string | undefined {
  return schema.$ref?.split("/").at(-1);
}

/** The alternatives of a schema besides null, which is how optional values of records are written. */
function withoutNull(schema: JsonSchema): { schema: JsonSchema; orNull: boolean } {
  const { anyOf, type } = schema;
  if (anyOf) {
    const [first, ...more] = anyOf.filter((alternative) => alternative.type !== "null");
    if (first && more.length === 0) return { schema: { ...schema, ...first }, orNull: anyOf.length > 1 };
  }
  if (Array.isArray(type) && type.includes("null")) {
    const [first = "null"] = type.filter((name) => name !== "null");
    return { schema: { ...schema, type: first }, orNull: true };
  }
  return { schema, orNull: false };
}

export interface SchemaText {
  /** Such as "string", "list of User". */
  type: string;
  /** The named schema in `type`, if any. */
  ref?: string | undefined;
  orNull: boolean;
  /** The only values it may have. */
  values: string[];
  /** Such as "1 to 500", "default 50". */
  limits: string[];
}

/** What a reader should know about the values of a schema. */
export function describeSchema(given: JsonSchema): SchemaText {
  const { schema, orNull } = withoutNull(given);
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  return {
    ...typeOf(schema),
    orNull,
    values: values.map(String),
    limits: limitsOf(schema),
  };
}

const FORMATS: Record<string, string> = {
  "date-time": "ISO 8601 time",
  email: "e-mail address",
  uri: "URL",
  uuid: "UUID",
};

function typeOf(schema: JsonSchema): { type: string; ref?: string | undefined } {
  const ref = refName(schema);
  if (ref) return { type: ref, ref };
  if (schema.type === "array" && typeof schema.items === "object") {
    const item = typeOf(schema.items);
    return { ...item, type: `list of ${item.type}${item.ref ? "" : "s"}` };
  }
  if (schema.format) return { type: FORMATS[schema.format] ?? schema.format };
  return { type: String(schema.type ?? "any value") };
}

function limitsOf(schema: JsonSchema): string[] {
  const limits = [
    rangeText(schema.minimum, schema.maximum, ""),
    rangeText(schema.minLength, schema.maxLength, " characters"),
    rangeText(schema.minItems, schema.maxItems, " items"),
    schema.default === undefined ? undefined : `default ${String(schema.default)}`,
  ];
  return limits.filter((limit) => limit !== undefined);
}

function rangeText(low: number | undefined, high: number | undefined, unit: string): string | undefined {
  // That a text or list is not empty goes without saying.
  if (high === undefined) return low === undefined || unit !== "" ? undefined : `at least ${low}`;
  return low === undefined ? `up to ${high}${unit}` : `${low} to ${high}${unit}`;
}

/** The schema whose fields are worth listing under a field: its own, or those of a list's items. */
export function nestedObject(given: JsonSchema): JsonSchema | undefined {
  const { schema } = withoutNull(given);
  if (schema.properties) return schema;
  return typeof schema.items === "object" ? nestedObject(schema.items) : undefined;
}

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { JsonSchema } from "./types";

/**
 * A zod schema as JSON Schema: what a caller sends (`input`) or gets (`output`). Schemas with an id become
 * entries of `components`. Throws when two different schemas claim one id.
 */
export function jsonSchema(
  schema: z.ZodType,
  io: "input" | "output",
  components: Record<string, JsonSchema>,
): JsonSchema {
  const { $schema: _dialect, $defs = {}, ...root } = z.toJSONSchema(schema, { io, override: simplify });
  for (const [id, definition] of Object.entries($defs)) {
    const component = pointToComponents(definition);
    const known = components[id];
    if (known && !isDeepStrictEqual(known, component)) throw new Error(`Two schemas are named ${id}`);
    components[id] = component;
  }
  return pointToComponents(root);
}

function pointToComponents(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}

/** Leaves out what says nothing new: patterns that spell a format, and the limits of safe integers. */
function simplify({ jsonSchema: schema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

import fc from "fast-check";
import type { JsonSchema } from "@/lib/openapi/types";

/** Values that exist, by the name of the field that takes them. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Places where nothing listens, so that a fuzzed URL reaches nobody. */
const DEAD_URLS = [
  "http://127.0.0.1:9",
  "https://localhost:9/a?b=c",
  "http://[::1]:9/",
  "http://0x7f.1:9//x",
];

/** Values that fit a schema, or nearly: limits are met exactly, and passed by one. */
export function fitting(schema: JsonSchema, name: string, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((choice) => fitting(choice, name, known)));
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return numbers(schema, fc.integer);
    case "number":
      return fc.oneof(
        numbers(schema, fc.integer),
        fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1, noNaN: true }),
      );
    case "array":
      return arrays(schema, name, known);
    case "object":
      return objects(schema, known);
    case "null":
      return fc.constant(null);
    default:
      return texts(schema, name, known);
  }
}

function numbers(
  { minimum = -1e9, maximum = 1e9 }: JsonSchema,
  between: (range: { min: number; max: number }) => fc.Arbitrary<number>,
): fc.Arbitrary<number> {
  return fc.oneof(
    between({ min: minimum, max: maximum }),
    fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1),
  );
}

function arrays(schema: JsonSchema, name: string, known: Known): fc.Arbitrary<unknown> {
  const item = typeof schema.items === "object" ? schema.items : {};
  const { minItems = 0, maxItems = 5 } = schema;
  return fc.array(fitting(item, name, known), { minLength: minItems, maxLength: Math.min(maxItems + 1, 8) });
}

/** An object with all required fields and some of the others, as entries, so that any name may be one. */
export function entriesOf(schema: JsonSchema, known: Known): fc.Arbitrary<[string, unknown][]> {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const value = fitting(field, name, known).map((fits): [string, unknown][] => [[name, fits]]);
    return schema.required?.includes(name) ? value : fc.oneof(value, fc.constant<[string, unknown][]>([]));
  });
  return fc.tuple(...fields).map((entries) => entries.flat());
}

function objects(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  return entriesOf(schema, known).map((entries) => Object.fromEntries(entries));
}

function texts(schema: JsonSchema, name: string, known: Known): fc.Arbitrary<string> {
  const there = known[name] ?? [];
  const any = textOfFormat(schema);
  return there.length === 0 ? any : fc.oneof(fc.constantFrom(...there), any);
}

function textOfFormat({ format, pattern, minLength = 0, maxLength }: JsonSchema): fc.Arbitrary<string> {
  switch (format) {
    case "uuid":
      return fc.uuid();
    case "date-time":
      return fc
        .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
        .map((date) => date.toISOString());
    case "email":
      return fc.oneof(
        fc.emailAddress(),
        fc.uuid().map((name) => `${name}@example.com`),
      );
    case "uri":
      return fc.constantFrom(...DEAD_URLS);
  }
  if (pattern?.startsWith("^whsec_")) return fc.constant(`whsec_${Buffer.alloc(32, 7).toString("base64")}`);
  if (pattern) return fc.stringMatching(new RegExp(pattern), { maxLength: maxLength ?? 50 });
  const longest = maxLength ?? 60;
  return fc.oneof(
    { weight: 8, arbitrary: fc.string({ unit: "grapheme", minLength, maxLength: Math.min(longest, 30) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("x".repeat(longest), "ä".repeat(longest + 1), "x".repeat(minLength)),
    },
  );
}

import type { z } from "zod";
import type { FieldError } from "@/lib/errors";

const TYPE_NAMES: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** Words for what zod finds where a schema has none of its own; undefined leaves it to zod. */
export function sayIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "This is required.";
      if (!issue.path?.length) return "Send a JSON object.";
      return `Give ${TYPE_NAMES[issue.expected] ?? issue.expected}.`;
    case "invalid_value":
      return issue.values.length === 1
        ? `Give ${String(issue.values[0])}.`
        : `Give one of ${issue.values.map(String).join(", ")}.`;
    case "too_small":
      return sayBound(issue.origin, "least", Number(issue.minimum));
    case "too_big":
      return sayBound(issue.origin, "most", Number(issue.maximum));
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? `Give one of ${issue.options.map(String).join(", ")}.`
        : undefined;
    default:
      return undefined;
  }
}

function sayBound(origin: string, end: "least" | "most", bound: number): string | undefined {
  const shown = bound.toLocaleString("en");
  switch (origin) {
    case "number":
      return `Give at ${end} ${shown}.`;
    case "array":
      return `Give at ${end} ${shown} ${bound === 1 ? "item" : "items"}.`;
    case "string":
      return end === "least" && bound === 1
        ? "This must not be empty."
        : `Use at ${end} ${shown} characters.`;
    default:
      return undefined;
  }
}

/**
 * One entry per wrong field: of several objections to one the first, since the others follow from it. Every unknown field
 * is named by itself.
 */
export function fieldErrors(error: z.ZodError): FieldError[] {
  const found = new Map<string, FieldError>();
  for (const { path, message } of error.issues.flatMap(errorsOf)) {
    if (!found.has(path)) found.set(path, { path, message });
  }
  return [...found.values()];
}

function errorsOf(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== "unrecognized_keys") return [{ path: pathOf(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({
    path: pathOf([...issue.path, key]),
    message: "There is no such field.",
  }));
}

/**
 * Texts within `value` that PostgreSQL cannot hold: NUL, and half of a surrogate pair, which JSON can spell but
 * UTF-8 cannot. `value` has passed its schema, so its depth is bounded.
 */
export function unstorableTexts(value: unknown, path: readonly PropertyKey[] = []): FieldError[] {
  if (typeof value === "string") {
    if (value.isWellFormed() && !value.includes("\0")) return [];
    return [{ path: pathOf(path), message: "Remove the characters that are not text, such as NUL." }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => unstorableTexts(item, [...path, key]));
}

// No name of ours is longer. What is may be a secret in the wrong place, and is not repeated.
const LONGEST_NAME = 20;

/** A dotted path; of a name that cannot be a field's, its beginning. */
export function pathOf(path: readonly PropertyKey[]): string {
  const names = path.map(String);
  return names.map((name) => (name.length > LONGEST_NAME ? `${name.slice(0, 6)}…` : name)).join(".");
}

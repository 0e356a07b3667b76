import { z } from "zod";

/** What a rule of a scope can look at. */
const SCOPE_FIELDS = ["role", "team", "department", "status", "emailDomain"] as const;
export type ScopeField = (typeof SCOPE_FIELDS)[number];

/** One rule: the field has one of these values; null stands for none. */
export interface ScopeTest {
  field: ScopeField;
  is: (string | null)[];
}

/** Which users a site gets. What a rule means is said by `scope_condition` in the centre, and nowhere else. */
export type Scope = ScopeTest | { all: Scope[] } | { any: Scope[] } | { not: Scope };

/** Rules within each other: deeper than anybody reads, and few enough to be written out in the API's description. */
const DEEPEST = 5;
const MOST_RULES = 100;

const NO_RULE = `Give a rule such as {"field": "department", "is": ["Sales"]}, or all, any or not of rules. Fields are ${SCOPE_FIELDS.join(", ")}.`;

const test = z.strictObject({
  field: z.enum(SCOPE_FIELDS),
  is: z
    .array(z.string().trim().min(1).max(254).nullable())
    .min(1, "Choose at least one value.")
    .max(500, "Use at most 500 values."),
});
// Level by level, so that what is nested deeper is refused before it can exhaust the stack.
const rule = ruleOf(DEEPEST);

function ruleOf(levels: number): z.ZodType<Scope> {
  if (levels === 1) return test;
  const part = ruleOf(levels - 1);
  const group = z.array(part).min(1, "Add at least one rule.").max(MOST_RULES, "Use at most 100 rules.");
  return z.union(
    [test, z.strictObject({ all: group }), z.strictObject({ any: group }), z.strictObject({ not: part })],
    NO_RULE,
  );
}

/** A scope as it is saved; null: everyone. */
export const scope = rule
  .superRefine((given, check) => {
    if (countOf(given) > MOST_RULES) check.addIssue(`Use at most ${MOST_RULES} rules.`);
  })
  .meta({
    id: "Scope",
    description:
      "Which users a site gets: a rule on one field, or `all`, `any` or `not` of other rules. `null` in `is` stands for users without a value.",
  });

/** The rules within a rule. */
function partsOf(given: Scope): readonly Scope[] {
  if ("all" in given) return given.all;
  if ("any" in given) return given.any;
  return "not" in given ? [given.not] : [];
}

function countOf(given: Scope): number {
  return 1 + partsOf(given).reduce((sum, part) => sum + countOf(part), 0);
}

const FIELD_WORDS: Record<ScopeField, string> = {
  role: "role",
  team: "team",
  department: "department",
  status: "status",
  emailDomain: "e-mail domain",
};

/** A rule in words: of a group only what it asks of its rules, which follow it. */
export function wordsOf(given: Scope): string {
  if ("all" in given) return "all of these";
  if ("any" in given) return "any of these";
  if ("not" in given) return "not this";
  const values = given.is.map((one) => one ?? "nothing");
  return `${FIELD_WORDS[given.field]} is ${values.join(values.length === 2 ? " or " : ", ")}`;
}

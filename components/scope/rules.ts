import type { Scope, ScopeField, ScopeTest } from "@/lib/sync/core/scope";

export type GroupKind = "all" | "any" | "none";

/** A rule as the editor shows it: one test, or rules of which all, any or none have to hold. */
export type Shown =
  | { kind: "test"; negated: boolean; test: ScopeTest }
  | { kind: GroupKind; rules: readonly Scope[] };

/** Reads a rule for the editor. */
export function shownRule(rule: Scope): Shown {
  if ("all" in rule) return { kind: "all", rules: rule.all };
  if ("any" in rule) return { kind: "any", rules: rule.any };
  if (!("not" in rule)) return { kind: "test", negated: false, test: rule };
  const { not } = rule;
  if ("any" in not) return { kind: "none", rules: not.any };
  if ("field" in not) return { kind: "test", negated: true, test: not };
  return { kind: "none", rules: [not] };
}

/** Writes what the editor shows as a rule. */
export function ruleOf(shown: Shown): Scope {
  switch (shown.kind) {
    case "test":
      return shown.negated ? { not: shown.test } : shown.test;
    case "none":
      return { not: { any: [...shown.rules] } };
    case "all":
      return { all: [...shown.rules] };
    case "any":
      return { any: [...shown.rules] };
  }
}

export const FIELDS: readonly { value: ScopeField; text: string }[] = [
  { value: "department", text: "Department" },
  { value: "team", text: "Team" },
  { value: "role", text: "Role" },
  { value: "emailDomain", text: "E-mail domain" },
  { value: "status", text: "Status" },
];

/** A rule that nothing has been chosen for yet. */
export const NEW_TEST: ScopeTest = { field: "department", is: [] };

/** Whether something is still to be chosen, so that the rule cannot be judged yet. */
export function isOpen(rule: Scope): boolean {
  if ("all" in rule) return rule.all.length === 0 || rule.all.some(isOpen);
  if ("any" in rule) return rule.any.length === 0 || rule.any.some(isOpen);
  return "not" in rule ? isOpen(rule.not) : rule.is.length === 0;
}

import { misfit } from "@/lib/mapping/fits";
import type { Arrival, MappingInput, MappingProblem, SiteColumns, TableColumn } from "@/lib/mapping/schema";
import type { MappedField } from "@/lib/sync/core/mapped-fields";
import { type MappedColumn, type MappedUser, type Mapping, newRow } from "@/lib/sync/core/mapping";

type Given = Pick<MappingInput, "removalColumn"> & { mapping: Mapping };

/** What is certainly wrong with a mapping, given the site's table as far as it is known. */
export function problemsOf({ mapping, removalColumn }: Given, site: SiteColumns): MappingProblem[] {
  const { schema, table, columns } = mapping;
  if (site.columns === null) {
    return [
      { path: "mapping.table", message: `The site's API shows no table ${table} in the schema ${schema}.` },
    ];
  }
  if (site.source !== "description") return [];
  const there = new Map(site.columns.map((column) => [column.name, column]));
  const problems: MappingProblem[] = [];
  for (const [index, column] of columns.entries()) {
    const path = `mapping.columns.${index}`;
    const found = there.get(column.column);
    const message = found ? impossible(column, found) : `${table} has no column ${column.column}.`;
    if (message) problems.push({ path: `${path}.${found ? "from" : "column"}`, message });
  }
  const written = new Set([...columns.map(({ column }) => column), removalColumn]);
  for (const column of site.columns.filter((one) => mustBeFilled(one) && !written.has(one.name))) {
    const message = `${column.name} must not be empty and has no default: say what goes into it.`;
    problems.push({ path: "mapping.columns", message });
  }
  if (removalColumn !== null) {
    const found = there.get(removalColumn);
    const message = found ? notBoolean(found) : `${table} has no column ${removalColumn}.`;
    if (message) problems.push({ path: "removalColumn", message });
  }
  return problems;
}

function notBoolean({ name, type }: TableColumn): string | null {
  return /^bool(ean)?$/.test(type)
    ? null
    : `${name} is ${type}; the column that deactivates has to be a boolean.`;
}

// PostgREST does not show the defaults of numbers that count up by themselves.
function mustBeFilled({ required, hasDefault, type }: TableColumn): boolean {
  return required === true && hasDefault === false && !/^(small|big)?int/.test(type);
}

const EXAMPLES: Partial<Record<MappedField, string>> = {
  email: "ada@example.com",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

/** Why a column can never take what it is given. */
function impossible({ from }: MappedColumn, column: TableColumn): string | null {
  switch (from.kind) {
    case "field":
      // What ids, names and roles look like is the list's business: the sample of users shows whether they fit.
      return misfit(column, EXAMPLES[from.field]);
    case "constant":
      if (from.value === null && mustBeFilled({ ...column, hasDefault: false }))
        return `${column.name} must not be empty.`;
      return misfit(column, from.value);
    case "template":
      return null;
    case "values": {
      const others = from.otherwise.kind === "value" ? [from.otherwise.value] : [];
      const wrong = [...Object.values(from.values), ...others].map((value) => misfit(column, value));
      return wrong.find((message) => message !== null) ?? null;
    }
  }
}

/** How users would arrive, with what their columns would refuse. */
export function arrivalsOf(
  { mapping, removalColumn }: Given,
  site: SiteColumns,
  users: readonly MappedUser[],
): Arrival[] {
  const there = new Map((site.columns ?? []).map((column) => [column.name, column]));
  return users.map((user) => {
    const row = { ...newRow(mapping, user), ...(removalColumn === null ? {} : { [removalColumn]: true }) };
    const problems = Object.entries(row).flatMap(([name, value]) => {
      const column = there.get(name);
      const empty = (value === null || value === undefined) && column?.required === true;
      const message = empty ? `${name} must not be empty.` : column && misfit(column, value);
      return message ? [{ column: name, message }] : [];
    });
    return { userId: user.id, email: user.email, row, problems };
  });
}

/** What would be refused of the sample, once for each column. */
export function warningsOf({ mapping }: Given, arrivals: readonly Arrival[]): MappingProblem[] {
  const warnings = new Map<string, MappingProblem & { users: number }>();
  for (const { column, message } of arrivals.flatMap(({ problems }) => problems)) {
    const index = mapping.columns.findIndex((one) => one.column === column);
    const path = index < 0 ? "removalColumn" : `mapping.columns.${index}.from`;
    const known = warnings.get(column);
    warnings.set(column, { path, message: known?.message ?? message, users: (known?.users ?? 0) + 1 });
  }
  return [...warnings.values()].map(({ path, message, users }) => {
    return { path, message: `${users} of these ${arrivals.length} users would be refused: ${message}` };
  });
}

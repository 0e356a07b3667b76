import { z } from "zod";
import type { SiteColumns, TableColumn } from "@/lib/mapping/schema";
import { type Asked, askSite, type ProbedSite } from "@/lib/sites/probe";
import type { Failure } from "@/lib/sync/core/failure";

/** A site's table, or why nothing is known of it. */
export type Described = { kind: "described"; columns: SiteColumns } | { kind: "failure"; failure: Failure };

// PostgREST describes what it serves as OpenAPI 2: https://docs.postgrest.org/en/stable/references/api/openapi.html
const description = z.object({
  definitions: z.record(
    z.string(),
    z.object({
      required: z.array(z.string()).optional(),
      properties: z
        .record(
          z.string(),
          z.object({
            format: z.string().optional(),
            default: z.unknown().optional(),
            description: z.string().optional(),
            enum: z.array(z.string()).optional(),
          }),
        )
        .optional(),
    }),
  ),
});
type Definition = z.infer<typeof description>["definitions"][string];

/** Reads which tables a site has and, of one of them, which columns. */
export async function describeTable(
  site: ProbedSite,
  { schema, table }: { schema: string; table?: string | undefined },
  signal: AbortSignal,
): Promise<Described> {
  const described = await readDescription(site, schema, signal);
  if (described) {
    const definition = table === undefined ? undefined : described.definitions[table];
    const tables = Object.keys(described.definitions).sort();
    const columns = definition ? columnsOf(definition) : null;
    return { kind: "described", columns: { source: "description", tables, columns } };
  }
  return table === undefined
    ? { kind: "described", columns: { source: "none", tables: [], columns: null } }
    : await readRow(site, schema, table, signal);
}

async function readDescription(site: ProbedSite, schema: string, signal: AbortSignal) {
  const { supabaseUrl, supabaseKey, outgoing } = site;
  const headers = {
    apikey: supabaseKey,
    authorization: `Bearer ${supabaseKey}`,
    accept: "application/openapi+json",
    "accept-profile": schema,
  };
  try {
    const response = await outgoing.fetch(`${supabaseUrl}/rest/v1/`, { headers, signal });
    return response.ok ? (description.safeParse(await response.json()).data ?? null) : null;
  } catch {
    return null; // not described, or not there at all: the next question says which
  }
}

function columnsOf({ properties = {}, required = [] }: Definition): TableColumn[] {
  return Object.entries(properties).map(([name, column]) => ({
    name,
    type: column.format ?? "",
    required: required.includes(name),
    hasDefault: column.default !== undefined,
    primaryKey: column.description?.includes("<pk/>") ?? false,
    values: column.enum ?? null,
  }));
}

async function readRow(
  site: ProbedSite,
  schema: string,
  table: string,
  signal: AbortSignal,
): Promise<Described> {
  const asked: Asked = await askSite(site, signal, schema, (client) =>
    client.from(table).select("*").limit(1),
  );
  if (asked.kind === "failure") {
    const { failure } = asked;
    if (failure.code !== "table_missing") return { kind: "failure", failure };
    return { kind: "described", columns: { source: "row", tables: [], columns: null } };
  }
  const [row] = asked.rows;
  if (!row) return { kind: "described", columns: { source: "none", tables: [table], columns: [] } };
  const unknown = { required: null, hasDefault: null, primaryKey: false, values: null };
  const columns = Object.keys(row).map((name) => ({ name, type: "", ...unknown }));
  return { kind: "described", columns: { source: "row", tables: [table], columns } };
}

import { z } from "zod";
import { AppError, type FieldError, invalid } from "@/lib/errors";
import { readCsvText, readJson } from "@/lib/http/body";
import { fieldErrors, pathOf, sayIssue, unstorableTexts } from "@/lib/http/field-errors";

type Schema = z.ZodType | undefined;
type Output<S extends Schema> = S extends z.ZodType ? z.output<S> : unknown;

/** The schemas of a call's three sources. */
export interface InputSchemas<P extends Schema, Q extends Schema, B extends Schema> {
  /** Of the parameters in the path. What does not fit cannot exist, and is answered by 404. */
  params?: P;
  /** Of the query; without it the call takes none. */
  query?: Q;
  /** Of the JSON body; without it the call takes none. */
  body?: B;
  /** The body is CSV, handed over as `csv`, instead of JSON. */
  csv?: boolean;
}

/** What a handler gets: the fields of path, query and body in one object. */
export type Input<P extends Schema, Q extends Schema, B extends Schema> = Output<P> & Output<Q> & Output<B>;

const NOTHING = z.strictObject({});

/** Reads and checks a call's input. Throws one `AppError` that names everything wrong with query and body. */
export async function readInput<P extends Schema, Q extends Schema, B extends Schema>(
  request: Request,
  params: unknown,
  schemas: InputSchemas<P, Q, B>,
): Promise<Input<P, Q, B>> {
  const fromPath = check(schemas.params ?? NOTHING, params);
  if (fromPath.errors.length > 0) throw new AppError("not_found", "Nothing has the id in this address.");
  const query = readQuery(new URL(request.url).searchParams);
  const fromQuery = check(schemas.query ?? NOTHING, query.values);
  const sources = [query, fromQuery];
  const fromBody = takesBody(request.method)
    ? check(
        schemas.body ?? NOTHING,
        schemas.csv ? { csv: await readCsvText(request) } : await readJson(request),
      )
    : { values: {}, errors: [] };
  const errors = [...sources, fromBody].flatMap((source) => source.errors);
  if (errors.length > 0) throw invalid(errors);
  return { ...fromQuery.values, ...fromBody.values, ...fromPath.values } as Input<P, Q, B>;
}

/** Whether a call of this method reads a body. */
export function takesBody(method: string): boolean {
  return !["GET", "HEAD", "OPTIONS"].includes(method.toUpperCase());
}

interface Checked {
  values: Record<string, unknown>;
  errors: FieldError[];
}

function check(schema: z.ZodType, value: unknown): Checked {
  const parsed = schema.safeParse(value, { error: sayIssue });
  if (!parsed.success) return { values: {}, errors: fieldErrors(parsed.error) };
  return { values: parsed.data as Record<string, unknown>, errors: unstorableTexts(parsed.data) };
}

function readQuery(search: URLSearchParams): Checked {
  const names = [...new Set(search.keys())];
  const repeated = names.filter((name) => search.getAll(name).length > 1);
  return {
    values: Object.fromEntries(search),
    errors: repeated.map((name) => ({ path: pathOf([name]), message: "Give this once." })),
  };
}

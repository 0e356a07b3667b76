import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import { csvResponse } from "@/lib/http/csv";
import { fieldName } from "@/lib/users/field-names";
import type {
  AddLinesInput,
  CreateImportInput,
  ImportCreated,
  ImportJobs,
  LinesStored,
} from "@/lib/users/import-job-schema";
import { judgeLine } from "@/lib/users/import-lines";
import type { UserJob } from "@/lib/users/job-schema";

const MOST_TOLD = 20;
/** Refused lines of one call to the centre. */
const PAGE = 1_000;

/** Imports that go on, or ended within a week. */
export async function listImports(ctx: Context): Promise<ImportJobs> {
  return { items: dataOf(await ctx.centre.rpc("user_import_list", { max_jobs: MOST_TOLD })) };
}

/** Begins an import, whose lines then come in pages. Nothing is changed before it is started. */
export async function createImport(
  ctx: Context,
  { file, columns, lines }: CreateImportInput,
): Promise<ImportCreated> {
  return { id: dataOf(await ctx.centre.rpc("user_import_create", { file, columns, total: lines })) };
}

/**
 * Adds lines to an import and judges them as far as they themselves tell. The same ones again change nothing. Throws
 * `not_found`, and `conflict` for lines that do not follow those before, or when the import has been started.
 */
export async function addLines(
  ctx: Context,
  { id, behind, lines }: AddLinesInput & { id: string },
): Promise<LinesStored> {
  const { columns } = await readImport(ctx, id);
  const mapping = columns.map(({ field }) => field);
  const judged = lines.map(({ line, cells }) => ({ line, cells, ...judgeLine(cells, mapping, fieldName) }));
  const added = dataOf(await ctx.centre.rpc("user_import_add", { job: id, behind, lines: judged }));
  if ("stored" in added) return added;
  switch (added.problem) {
    case "unknown":
      return unknownImport();
    case "closed":
      throw new AppError("conflict", "This import has been started already.");
    case "elsewhere":
      throw new AppError(
        "conflict",
        "These lines do not follow those that have arrived. Send the file again.",
      );
  }
}

/**
 * Has the workers import the lines. Twice is the same as once. Throws `not_found`, and `conflict` while lines are missing.
 */
export async function startImport(ctx: Context, { id }: { id: string }): Promise<UserJob> {
  const started = dataOf(await ctx.centre.rpc("user_import_start", { job: id }));
  if (!("problem" in started)) {
    ctx.wake();
    return started;
  }
  if (started.problem === "unknown") return unknownImport();
  throw new AppError("conflict", "Lines of this import are missing. Send them first.");
}

/** Gives up an import before its start. Throws `not_found`, also for one that was started: cancel that. */
export async function discardImport(ctx: Context, { id }: { id: string }): Promise<Response> {
  if (!dataOf(await ctx.centre.rpc("user_import_discard", { job: id }))) return unknownImport();
  ctx.wake();
  return new Response(null, { status: 204 });
}

/** The refused lines as CSV: the file's own columns, the line and the reason. Throws `not_found`. */
export async function refusedLines(ctx: Context, { id }: { id: string }): Promise<Response> {
  const { file, columns } = await readImport(ctx, id);
  return await csvResponse(
    { filename: `refused-${file}`, columns: [...columns.map(({ name }) => name), "Line", "Reason"] },
    refusedPages(ctx, id, columns.length),
  );
}

async function* refusedPages(ctx: Context, id: string, width: number): AsyncGenerator<string[][], undefined> {
  for (let after = 0; ; ) {
    const args = { job: id, after_line: after, max_lines: PAGE };
    const page = dataOf(await ctx.centre.rpc("user_import_refused", args));
    const last = page.at(-1);
    if (last) {
      yield page.map(({ line, cells, reason }) => {
        const own = Array.from({ length: width }, (_, column) => cells[column] ?? "");
        return [...own, String(line), reason];
      });
    }
    if (!last || page.length < PAGE || ctx.signal.aborted) return;
    after = last.line;
  }
}

async function readImport(ctx: Context, id: string) {
  return dataOf(await ctx.centre.rpc("user_import_read", { job: id })) ?? unknownImport();
}

function unknownImport(): never {
  throw new AppError(
    "not_found",
    "No import has this id. One that is not started is forgotten after an hour, others after a week.",
  );
}

import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { csvResponse } from "@/lib/http/csv";
import type { Page } from "@/lib/http/page";
import { pageOf, readCursor } from "@/lib/paging";
import { withAdvice } from "@/lib/runs/advice";
import type { ExportLogQuery, ListLogQuery, LogEntry } from "@/lib/runs/log-schema";

/** Attempts, newest first. `from` is the first moment that is wanted, `to` the first that is not. */
export async function listLog(
  ctx: Context,
  { cursor, limit, ...filter }: ListLogQuery,
): Promise<Page<LogEntry>> {
  const before = readCursor(cursor, z.tuple([z.int()]))?.[0] ?? null;
  const rows = dataOf(await ctx.centre.rpc("sync_log_find", { filter, before, max_entries: limit + 1 }));
  return pageOf(rows.map(withAdvice), limit, (entry) => [entry.id]);
}

/** What is written down of an attempt, in the order of the file's columns. */
const COLUMNS = [
  "id",
  "created_at",
  "user_id",
  "email",
  "site_id",
  "site",
  "operation",
  "trigger",
  "status",
  "error_code",
  "error",
  "advice",
  "attempt",
  "duration_ms",
  "run_id",
] as const satisfies (keyof LogEntry)[];

/** Entries of one call to the centre, about half a megabyte. */
const PAGE = 1_000;

/** The attempts that match as CSV, newest first. */
export async function exportLog(ctx: Context, query: ExportLogQuery): Promise<Response> {
  return await csvResponse({ filename: "log.csv", columns: COLUMNS }, entryPages(ctx, query));
}

async function* entryPages(
  ctx: Context,
  { format: _, ...filter }: ExportLogQuery,
): AsyncGenerator<LogEntry[], undefined> {
  for (let before: number | null = null; ; ) {
    const rows: Omit<LogEntry, "advice">[] = dataOf(
      await ctx.centre.rpc("sync_log_find", { filter, before, max_entries: PAGE }),
    );
    const last = rows.at(-1);
    if (last) yield rows.map(withAdvice);
    if (!last || rows.length < PAGE || ctx.signal.aborted) return;
    before = last.id;
  }
}

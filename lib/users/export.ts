import { stringify } from "csv-stringify/sync";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { ExportUsersQuery } from "@/lib/users/list-schema";
import { IMPORT_COLUMNS } from "@/lib/users/many-schema";

/** Users of one call to the centre, about half a megabyte. */
const PAGE = 2_000;

/**
 * The users that match as CSV, in the columns of an import. What a spreadsheet would take for a formula gets a quote in
 * front, which an import takes off again: https://owasp.org/www-community/attacks/CSV_Injection
 */
export async function exportUsers(ctx: Context, query: ExportUsersQuery): Promise<Response> {
  const pages = csvPages(ctx, query);
  const first = await pages.next(); // an error is an answer, not a file that ends early
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode(first.value ?? "")),
    async pull(controller) {
      const next = await pages.next();
      if (next.done) controller.close();
      else controller.enqueue(encode(next.value));
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="users.csv"',
    },
  });
}

async function* csvPages(
  ctx: Context,
  { sort, format: _, ...query }: ExportUsersQuery,
): AsyncGenerator<string, undefined> {
  yield stringify([IMPORT_COLUMNS]);
  for (let after: [string, string] | null = null; ; ) {
    const found: { key: string; user: object & { id: string } }[] = dataOf(
      await ctx.centre.rpc("user_find", { query, sort, after, max_users: PAGE }),
    );
    const rows = found.map(({ user }) => user);
    if (rows.length > 0) yield stringify(rows, { columns: [...IMPORT_COLUMNS], escape_formulas: true });
    const last = found.at(-1);
    if (!last || found.length < PAGE || ctx.signal.aborted) return;
    after = [last.key, last.user.id];
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

import { stringify } from "csv-stringify/sync";
import { quoteFormula } from "@/lib/formulas";

interface CsvOptions {
  /** What the browser saves it as. */
  filename: string;
  columns: readonly string[];
}

/**
 * Rows as a CSV file, sent page by page, so that no more than a page of any number is in memory. What a spreadsheet
 * would take for a formula gets a quote in front.
 *
 * The first page is read before anything is answered: an error is an answer, not a file that ends early.
 */
export async function csvResponse(
  { filename, columns }: CsvOptions,
  pages: AsyncIterator<readonly object[]>,
): Promise<Response> {
  let page = await pages.next();
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode(stringify([[...columns]], SAFELY))),
    async pull(controller) {
      if (page.done) return controller.close();
      // A page without rows would enqueue nothing, and the stream would not ask again.
      const rows = stringify([...page.value], { columns: [...columns], ...SAFELY });
      page = await pages.next();
      if (rows) controller.enqueue(encode(rows));
      else controller.close();
    },
    async cancel() {
      await pages.return?.();
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": attachment(filename),
    },
  });
}

// The option "escape_formulas" could not be undone: it leaves text alone that begins with a quote itself.
const SAFELY = { cast: { string: quoteFormula } };

const encode = (text: string) => new TextEncoder().encode(text);

/** A header that saves a file under its name, whatever characters that has (RFC 6266, 4.3). */
function attachment(filename: string): string {
  const plain = filename.replaceAll(/[^ -~]|["\\%]/g, "_");
  if (plain === filename) return `attachment; filename="${plain}"`;
  // encodeURIComponent leaves these, which RFC 8187 does not.
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

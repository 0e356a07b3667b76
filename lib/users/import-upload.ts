import { ApiError, callApi } from "@/lib/api-client";
import type { ImportTarget } from "./import-columns";
import {
  type AddLinesInput,
  type CreateImportInput,
  type ImportCreated,
  type LinesStored,
  PAGE_LINES,
} from "./import-job-schema";
import type { UserJob } from "./job-schema";

type Line = AddLinesInput["lines"][number];

export interface ImportFile {
  name: string;
  headers: readonly string[];
  /** What each column is. */
  mapping: readonly (ImportTarget | null)[];
  rows: readonly Line[];
}

/** JSON characters of a call: at three bytes each they are below the server's limit of a megabyte. */
const PAGE_CHARACTERS = 300_000;
/** Waits before a page is sent again, in milliseconds; the same page counts once. */
const AGAIN_MS = [1_000, 3_000];

/**
 * Sends a file to the centre page by page and has the workers import it. Answers the job, null when `signal` stopped it. An
 * upload that does not come to its end is given up. Throws `ApiError`, and `Error` for lines that are too long.
 */
export async function uploadImport(
  file: ImportFile,
  signal: AbortSignal,
  onProgress: (sent: number) => void,
): Promise<UserJob | null> {
  const { id } = await callApi<ImportCreated>("POST", "/api/users/imports", { body: begun(file) });
  const path = `/api/users/imports/${id}`;
  try {
    let sent = 0;
    for (const lines of pagesOf(file)) {
      if (signal.aborted) break;
      await again(() => callApi<LinesStored>("POST", `${path}/lines`, { body: { behind: sent, lines } }));
      sent += lines.length;
      onProgress(sent);
    }
    if (!signal.aborted) return await again(() => callApi<UserJob>("POST", `${path}/start`));
  } catch (error) {
    await discard(path);
    throw error;
  }
  await discard(path);
  return null;
}

function begun({ name, headers, mapping, rows }: ImportFile): CreateImportInput {
  const columns = headers.map((header, column) => ({
    name: header.slice(0, 1_000),
    field: mapping[column] ?? null,
  }));
  return { file: name.slice(-255), columns, lines: rows.length };
}

function* pagesOf({ headers, rows }: ImportFile): Generator<Line[]> {
  let page: Line[] = [];
  let characters = 0;
  for (const { line, cells } of rows) {
    // One cell too many has the line refused, as in the preview; blank ones behind the columns are usual.
    const extra = cells.slice(headers.length).find((cell) => cell.trim() !== "");
    const own = { line, cells: [...cells.slice(0, headers.length), ...(extra === undefined ? [] : [extra])] };
    const length = JSON.stringify(own).length;
    if (length > PAGE_CHARACTERS) throw new Error(`Line ${line} is too long. Shorten its cells in the file.`);
    if (page.length === PAGE_LINES || characters + length > PAGE_CHARACTERS) {
      yield page;
      page = [];
      characters = 0;
    }
    page.push(own);
    characters += length + 1;
  }
  if (page.length > 0) yield page;
}

/** Calls again when the answer may have been lost, or the server or the centre was away for a moment. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (const wait of AGAIN_MS) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 0 && error.status < 500)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return await call();
}

/** What cannot be given up now is forgotten after an hour. */
async function discard(path: string): Promise<void> {
  await callApi("DELETE", path).catch(() => undefined);
}

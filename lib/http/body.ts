import { AppError } from "@/lib/errors";

/** Largest JSON body of a call, in bytes; the largest sensible one is a list of a thousand ids, some 40 kB. */
export const MAX_BODY_BYTES = 1_000_000;
/** Largest CSV file, in bytes: some 200,000 users. It is held in memory while it is read. */
const MAX_CSV_BYTES = 20_000_000;

/**
 * Reads a JSON body; an empty one counts as `{}`, so that what is missing is named field by field. Throws
 * `body_too_large` as soon as the limit is passed, `unsupported_media_type` and `malformed_request`.
 */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  if (bytes.length === 0) return {};
  if (mediaTypeOf(request) !== "application/json") {
    throw new AppError(
      "unsupported_media_type",
      "Send JSON, with the header Content-Type: application/json.",
    );
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError("malformed_request", "The body is not valid JSON in UTF-8.", { cause });
  }
}

/** Reads a body of CSV as text. Throws `body_too_large`, `unsupported_media_type` and `malformed_request`. */
export async function readCsvText(request: Request): Promise<string> {
  const bytes = await readBytes(request, MAX_CSV_BYTES);
  if (mediaTypeOf(request) !== "text/csv") {
    throw new AppError("unsupported_media_type", "Send CSV, with the header Content-Type: text/csv.");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("malformed_request", "The file is not text in UTF-8. Save it as CSV UTF-8.", {
      cause,
    });
  }
}

function mediaTypeOf(request: Request): string {
  const [mediaType = ""] = (request.headers.get("content-type") ?? "").split(";");
  return mediaType.trim().toLowerCase();
}

async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream, so what is still to come is never held.
  for await (const chunk of incoming(request)) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* incoming(request: Request): AsyncGenerator<Uint8Array> {
  if (!request.body) return;
  try {
    yield* request.body;
  } catch (cause) {
    throw new AppError("malformed_request", "The body ended before it was complete.", { cause });
  }
}

function tooLarge(most: number): AppError {
  return new AppError("body_too_large", `This body may have at most ${most / 1_000_000} MB.`);
}

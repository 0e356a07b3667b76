import { AppError } from "@/lib/errors";

/** Largest body of a call, in bytes; the largest sensible one is a list of a thousand ids, some 40 kB. */
export const MAX_BODY_BYTES = 1_000_000;

/**
 * Reads a JSON body; an empty one counts as `{}`, so that what is missing is named field by field. Throws
 * `body_too_large` as soon as the limit is passed, `unsupported_media_type` and `malformed_request`.
 */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  const [mediaType = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
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

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream, so what is still to come is never held.
  for await (const chunk of incoming(request)) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
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

function tooLarge(): AppError {
  return new AppError("body_too_large", "A body may have at most 1 MB.");
}

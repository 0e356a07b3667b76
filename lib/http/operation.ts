import type { z } from "zod";
import type { AccessRule } from "@/lib/access/authorize";
import type { ErrorCode } from "@/lib/errors";
import { takesBody } from "@/lib/http/input";

/** Answers by status: the schema of JSON or of each event of a stream, CSV, text of a media type, or null for an empty one. */
export type Answers = Readonly<
  Record<
    number,
    z.ZodType | { readonly events: z.ZodType } | { readonly csv: true } | { readonly text: string } | null
  >
>;

/** What a handler gives back: a JSON value, or a response that it has made itself. */
export type AnswerOf<A extends Answers> =
  | { [Status in keyof A]: A[Status] extends z.ZodType ? z.output<A[Status]> : Response }[keyof A]
  | Response;

/** What a call tells about itself in the API reference, besides its access and its input. */
export interface Description<A extends Answers> {
  /** Unique and stable: clients name their functions after it. */
  id: string;
  /** One sentence. */
  summary: string;
  /** What a caller should know besides; Markdown. */
  description?: string;
  /** The first status is that of a plain answer. */
  answers: A;
  /** What can go wrong besides what goes wrong everywhere, see `errorCodes`. */
  errors?: readonly ErrorCode[];
}

/** A call as its route declares it. */
export interface Operation extends Description<Answers>, AccessRule {
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  body?: z.ZodType | undefined;
  /** The body is CSV instead of JSON. */
  csv?: boolean | undefined;
  /** A body to copy. */
  example?: unknown;
}

/** The status of a plain answer. */
export function plainStatus(answers: Answers): number {
  return Number(Object.keys(answers)[0]);
}

/** Every code a call may answer, its own and those that follow from how it is entered. */
export function errorCodes(operation: Operation, method: string): ErrorCode[] {
  const codes: ErrorCode[] = ["validation_failed", "internal", "centre_unavailable"];
  if (!operation.anyHost || takesBody(method)) codes.push("forbidden");
  if (operation.access !== "public") codes.push("unauthorized");
  if (operation.access !== "public" && operation.access !== "drain") codes.push("rate_limited");
  if (operation.params) codes.push("not_found");
  if (takesBody(method)) codes.push("malformed_request", "body_too_large", "unsupported_media_type");
  return [...new Set([...codes, ...(operation.errors ?? [])])];
}

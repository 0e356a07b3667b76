import { z } from "zod";
import { otherMethods, route } from "@/lib/http/route";
import { apiDocument } from "./document";

export const GET = route(
  {
    id: "getApiDocument",
    summary: "Describes this API as OpenAPI 3.1.",
    access: "caller",
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  },
  () => ({ ...apiDocument() }),
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

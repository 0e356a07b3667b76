import { createDocument } from "@/lib/openapi/document";
import type { ApiDocument } from "@/lib/openapi/types";
import { version } from "@/package.json";
import { routeGroups } from "./routes";

let made: ApiDocument | undefined;

/** The OpenAPI document of this server. Made at the first call, when all route files have been loaded. */
export function apiDocument(): ApiDocument {
  made ??= createDocument(routeGroups, version);
  return made;
}

import { type ApiDocument, type ApiOperation, METHODS } from "@/lib/openapi/types";

/** One call of the document. */
export interface ApiCall {
  path: string;
  method: string;
  operation: ApiOperation;
}

/** The document's calls by tag, in its order. */
export function groupsOf({ tags, paths }: ApiDocument) {
  const calls: ApiCall[] = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
  );
  return tags.map((tag) => ({
    ...tag,
    calls: calls.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
}

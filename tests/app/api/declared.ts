import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { apiDocument } from "@/app/api/openapi.json/document";
import type { DescribedHandler, Handler } from "@/lib/http/route";
import { METHODS } from "@/lib/openapi/types";

// OpenAPI's own keywords around the schemas are not ajv's; within them everything is JSON Schema 2020-12.
const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: "api", ...apiDocument() });

const places = new Map(
  Object.entries(apiDocument().paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation
        ? [[operation.operationId, { pointer: `paths/${escaped(path)}/${method}`, operation }] as const]
        : [];
    }),
  ),
);

/** What in an answer differs from what the API reference says about this call; empty when nothing does. */
export async function undeclared(handler: Handler, response: Response): Promise<string[]> {
  const place = places.get((handler as Partial<DescribedHandler>).operation?.id ?? "");
  if (!place) return [];
  const declared = place.operation.responses[response.status];
  if (!declared) return [`status ${response.status} is not declared`];
  const [mediaType = ""] = (response.headers.get("content-type") ?? "").split(";");
  const pointer =
    "$ref" in declared ? declared.$ref.slice(2) : `${place.pointer}/responses/${response.status}`;
  const { content = {} } = "$ref" in declared ? resolve(declared.$ref) : declared;
  if (Object.keys(content).length === 0)
    return (await response.clone().text()) === "" ? [] : ["it is not empty"];
  if (!content[mediaType]) return [`${mediaType || "no type"} is not declared for ${response.status}`];
  if (mediaType.startsWith("text/")) return [];
  return mismatches(`${pointer}/content/${escaped(mediaType)}/schema`, await response.clone().json());
}

/** What in `value` does not fit the schema at this place of the document. */
export function mismatches(pointer: string, value: unknown): string[] {
  const validate = ajv.getSchema(`api#/${pointer}`);
  if (!validate) throw new Error(`The document has nothing at ${pointer}`);
  validate(value);
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

function resolve(ref: string) {
  const response = apiDocument().components.responses[ref.split("/").at(-1) ?? ""];
  if (!response) throw new Error(`${ref} leads nowhere`);
  return response;
}

/** A path segment of a JSON pointer in a URL fragment (RFC 6901). */
export function escaped(segment: string): string {
  return encodeURIComponent(segment.replaceAll("~", "~0").replaceAll("/", "~1"));
}

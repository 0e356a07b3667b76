import type { ApiDocument, ApiOperation, ApiReference, ApiResponse } from "@/lib/openapi/types";
import { Fields, TypeText } from "./fields";
import { InlineCode } from "./inline-code";

interface AnswersProps {
  operation: ApiOperation;
  components: ApiDocument["components"];
}

/** What a call answers when all is well, with its fields, and how it may fail, by code. */
export function Answers({ operation, components }: AnswersProps) {
  const responses = Object.entries(operation.responses).map(
    ([status, response]) => [status, resolve(response, components)] as const,
  );
  const good = responses.filter(([, response]) => !response.content?.[PROBLEM]);
  const codes = responses.flatMap(([status, response]) =>
    codesOf(response).map((code) => ({ status, code })),
  );
  return (
    <>
      {good.map(([status, response]) => (
        <GoodAnswer key={status} status={status} response={response} />
      ))}
      <p className="flex flex-wrap gap-x-3 gap-y-1 border-t py-2 text-xs">
        {codes.map(({ status, code }) => (
          <a key={code} href={`#${code}`} className="whitespace-nowrap text-soft hover:text-accent-text">
            <span className="text-faint tabular-nums">{status}</span>{" "}
            <span className="font-mono">{code}</span>
          </a>
        ))}
      </p>
    </>
  );
}

function GoodAnswer({ status, response }: { status: string; response: ApiResponse }) {
  const schema = response.content?.["application/json"]?.schema;
  return (
    <div className="py-2">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium text-ok text-xs tabular-nums">{status}</span>
        {schema && (schema.$ref || !schema.properties) ? (
          <TypeText schema={schema} />
        ) : (
          !schema && (
            <span className="text-soft">
              <InlineCode>{response.description}</InlineCode>
            </span>
          )
        )}
      </p>
      {schema?.properties && schema.additionalProperties === false && (
        <Fields schema={schema} mark="optional" />
      )}
    </div>
  );
}

const PROBLEM = "application/problem+json";

function codesOf(response: ApiResponse): string[] {
  const code = response.content?.[PROBLEM]?.schema.properties?.code;
  return (code?.enum ?? []).map(String);
}

function resolve(response: ApiResponse | ApiReference, components: ApiDocument["components"]): ApiResponse {
  if (!("$ref" in response)) return response;
  return components.responses[response.$ref.split("/").at(-1) ?? ""] ?? { description: "" };
}

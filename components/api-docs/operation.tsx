import { KeyRound, LockOpen, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import type { ApiDocument, ApiOperation, ApiResponse, JsonSchema } from "@/lib/openapi/types";
import { entrancesOf } from "./access";
import { Answers } from "./answers";
import { curlOf } from "./curl";
import { exampleOf } from "./example";
import { ExampleBlock } from "./example-block";
import { Field, Fields } from "./fields";
import { InlineCode } from "./inline-code";
import { MethodBadge } from "./method-badge";

export interface OperationProps {
  path: string;
  method: string;
  operation: ApiOperation;
  components: ApiDocument["components"];
}

/** One call: what it does, who may make it, what it takes and answers, and how it looks. */
export function Operation({ path, method, operation, components }: OperationProps) {
  const body = operation.requestBody?.content["application/json"]?.schema;
  return (
    <article
      id={operation.operationId}
      aria-label={`${method.toUpperCase()} ${path}`}
      className="scroll-mt-4 border-t py-6 first:border-t-0"
    >
      <header className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
        <h3 className="flex min-w-0 items-center gap-2.5">
          <MethodBadge method={method} />
          <a
            href={`#${operation.operationId}`}
            className="min-w-0 break-all rounded font-medium font-mono text-ink hover:text-accent-text"
          >
            {path}
          </a>
        </h3>
        {entrancesOf(operation).map(({ kind, text }) => (
          <Badge key={kind} tone="idle" icon={ICONS[kind]}>
            {text}
          </Badge>
        ))}
      </header>
      <div className="mt-2 grid gap-x-8 gap-y-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <div className="min-w-0 space-y-4">
          <Sentences operation={operation} />
          <Parameters operation={operation} />
          {body?.properties && (
            <Part title={operation.requestBody?.required ? "Body" : "Body (may be left out)"}>
              <Fields schema={body} mark="required" />
            </Part>
          )}
          <Part title="Answers">
            <Answers operation={operation} components={components} />
          </Part>
        </div>
        <Examples path={path} method={method} operation={operation} components={components} />
      </div>
    </article>
  );
}

function Sentences({ operation: { summary, description } }: { operation: ApiOperation }) {
  return (
    <div className="space-y-1 text-soft">
      <p className="text-ink">
        <InlineCode>{summary}</InlineCode>
      </p>
      {description && (
        <p>
          <InlineCode>{description}</InlineCode>
        </p>
      )}
    </div>
  );
}

function Parameters({ operation: { parameters = [] } }: { operation: ApiOperation }) {
  if (parameters.length === 0) return null;
  return (
    <Part title="Parameters">
      <ul className="divide-y">
        {parameters.map(({ name, schema, required, description }) => (
          <Field
            key={name}
            name={name}
            schema={schema}
            required={required}
            mark="required"
            description={description}
          />
        ))}
      </ul>
    </Part>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h4 className="border-b pb-1 font-medium text-faint text-xs">{title}</h4>
      {children}
    </section>
  );
}

function Examples({ path, method, operation, components }: OperationProps) {
  const curl = curlOf(path, method, operation);
  const answer = answerExample(operation, components.schemas);
  if (!curl && !answer) return null;
  return (
    <div className="min-w-0 space-y-3">
      {curl && <ExampleBlock title="Shell" code={curl} copy />}
      {answer && (
        <ExampleBlock title={`Answer ${answer.status}`} code={JSON.stringify(answer.value, null, 2)} />
      )}
    </div>
  );
}

function answerExample({ responses }: ApiOperation, schemas: Record<string, JsonSchema>) {
  for (const [status, response] of Object.entries(responses)) {
    const schema = (response as ApiResponse).content?.["application/json"]?.schema;
    // What says nothing about its fields has no example worth showing.
    if (schema && (schema.$ref || schema.additionalProperties === false)) {
      return { status, value: exampleOf(schema, schemas) };
    }
  }
  return undefined;
}

const ICONS = { anybody: LockOpen, member: UserRound, key: KeyRound, secret: KeyRound };

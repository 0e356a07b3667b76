import { Card } from "@/components/ui/card";
import type { ApiDocument, JsonSchema } from "@/lib/openapi/types";
import { groupsOf } from "./calls";
import { Contents } from "./contents";
import { ErrorList } from "./error-list";
import { Fields } from "./fields";
import { InlineCode } from "./inline-code";
import { Operation } from "./operation";
import { StartBlock } from "./start-block";

const MORE = [
  { id: "records", name: "Records" },
  { id: "errors", name: "Errors" },
];

/** An OpenAPI document as a page for people. */
export function ApiReference({ document }: { document: ApiDocument }) {
  const groups = groupsOf(document);
  const { schemas, securitySchemes } = document.components;
  const contents = <Contents groups={groups} more={MORE} />;
  return (
    <div className="flex items-start gap-8">
      <div className="min-w-0 flex-1 space-y-5">
        <details className="rounded-lg border bg-surface shadow-card xl:hidden">
          <summary className="rounded-lg px-4 py-2.5 font-semibold">Jump to a call</summary>
          <div className="border-t p-2">{contents}</div>
        </details>
        <Card title="Start here">
          <div className="grid gap-x-8 gap-y-4 p-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
            <div className="space-y-2 text-soft">
              <p>
                <InlineCode>{document.info.description}</InlineCode>
              </p>
              {Object.entries(securitySchemes).map(([name, { description }]) => (
                <p key={name}>
                  <InlineCode>{description}</InlineCode>
                </p>
              ))}
            </div>
            <StartBlock />
          </div>
        </Card>
        {groups.map(({ name, description, calls }) => (
          <Card key={name} title={name} aside={description}>
            <div className="px-4">
              {calls.map((call) => (
                <Operation key={call.operation.operationId} {...call} components={document.components} />
              ))}
            </div>
          </Card>
        ))}
        <Records schemas={schemas} />
        <div id="errors" className="scroll-mt-4">
          <ErrorList />
        </div>
      </div>
      <aside className="-my-1 sticky top-6 hidden max-h-[calc(100dvh-6rem)] w-60 shrink-0 overflow-y-auto xl:block">
        {contents}
      </aside>
    </div>
  );
}

/** The named schemas, each once. */
function Records({ schemas }: { schemas: Record<string, JsonSchema> }) {
  return (
    <div id="records" className="scroll-mt-4">
      <Card title="Records">
        <div className="px-4">
          {Object.entries(schemas).map(([name, schema]) => (
            <section
              key={name}
              id={name}
              aria-label={name}
              className="scroll-mt-4 border-t py-5 first:border-t-0"
            >
              <h3 className="font-medium font-mono">{name}</h3>
              {schema.description && (
                <p className="mt-1 text-soft">
                  <InlineCode>{schema.description}</InlineCode>
                </p>
              )}
              <div className="mt-1">
                <Fields schema={schema} mark="optional" />
              </div>
            </section>
          ))}
        </div>
      </Card>
    </div>
  );
}

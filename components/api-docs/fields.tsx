import type { JsonSchema } from "@/lib/openapi/types";
import { InlineCode } from "./inline-code";
import { describeSchema, nestedObject } from "./schema-text";

interface FieldsProps {
  schema: JsonSchema;
  /** Marks what must be given; in answers everything is there unless it says otherwise. */
  mark: "required" | "optional";
}

/** The fields of an object, one below the other, with the fields of nested objects indented. */
export function Fields({ schema, mark }: FieldsProps) {
  return (
    <ul className="divide-y">
      {Object.entries(schema.properties ?? {}).map(([name, field]) => (
        <Field key={name} name={name} schema={field} mark={mark} required={schema.required?.includes(name)} />
      ))}
    </ul>
  );
}

interface FieldProps {
  name: string;
  schema: JsonSchema;
  required: boolean | undefined;
  mark: FieldsProps["mark"];
  description?: string | undefined;
}

export function Field({ name, schema, required = false, mark, description }: FieldProps) {
  const nested = nestedObject(schema);
  const said = description ?? schema.description;
  return (
    <li className="py-2">
      <div className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <span className="break-all font-medium font-mono text-ink text-xs">{name}</span>
        <TypeText schema={schema} />
        {required && mark === "required" && <span className="text-warn text-xs">required</span>}
        {!required && mark === "optional" && <span className="text-faint text-xs">not always there</span>}
      </div>
      <Values schema={schema} />
      {said && (
        <p className="mt-0.5 text-soft">
          <InlineCode>{said}</InlineCode>
        </p>
      )}
      {nested && (
        <div className="mt-1 border-l pl-3">
          <Fields schema={nested} mark={mark} />
        </div>
      )}
    </li>
  );
}

export function TypeText({ schema }: { schema: JsonSchema }) {
  const { type, ref, orNull, limits } = describeSchema(schema);
  const words = ref ? type.slice(0, type.length - ref.length) : type;
  return (
    <span className="text-faint text-xs">
      {words}
      {ref && (
        <a href={`#${ref}`} className="text-accent-text underline underline-offset-2">
          {ref}
        </a>
      )}
      {orNull && " or null"}
      {limits.length > 0 && `, ${limits.join(", ")}`}
    </span>
  );
}

function Values({ schema }: { schema: JsonSchema }) {
  const { values } = describeSchema(schema);
  if (values.length === 0) return null;
  return (
    <p className="mt-0.5 flex flex-wrap gap-1">
      {values.map((value) => (
        <code key={value} className="rounded bg-sunken px-1 py-0.5 font-mono text-soft text-xs">
          {value}
        </code>
      ))}
    </p>
  );
}

import { Select } from "@/components/ui/select";
import { TextField } from "@/components/ui/text-field";
import { MAPPED_FIELDS, type MappedField } from "@/lib/sync/core/mapped-fields";
import type { MappedColumn, MappedSource } from "@/lib/sync/core/mapping";
import { fieldName } from "@/lib/users/field-names";
import { ValueList } from "./value-list";

type Kind = MappedField | "constant" | "template" | "values";

const OPTIONS: readonly { value: Kind; text: string }[] = [
  ...MAPPED_FIELDS.map((field) => ({ value: field, text: fieldName(field) })),
  { value: "template", text: "A text made of fields…" },
  { value: "values", text: "Translated values…" },
  { value: "constant", text: "Always the same…" },
];

interface SourceEditorProps {
  name: string;
  mapped: MappedColumn | undefined;
  onChange: (mapped: MappedColumn | null) => void;
}

/** Where a column's value comes from. */
export function SourceEditor({ name, mapped, onChange }: SourceEditorProps) {
  const from = mapped?.from;
  const kind = from === undefined ? null : from.kind === "field" ? from.field : from.kind;
  const set = (next: MappedSource) =>
    onChange({ onlyOnCreate: false, clearWhenEmpty: true, ...mapped, column: name, from: next });
  return (
    <div className="space-y-2">
      <Select
        label={`What goes into ${name}`}
        className="max-w-72"
        value={kind}
        none="Not written"
        options={OPTIONS}
        onChange={(chosen) => (chosen === null ? onChange(null) : set(started(chosen)))}
      />
      {from?.kind === "template" && (
        <TextField
          label={`Text of ${name}`}
          value={from.template}
          hint={`Fields in braces, such as {full_name} ({team}). There are ${MAPPED_FIELDS.map((field) => `{${field}}`).join(", ")}.`}
          onChange={(event) => set({ kind: "template", template: event.target.value })}
        />
      )}
      {from?.kind === "constant" && (
        <TextField
          className="max-w-72"
          label={`Value of ${name}`}
          value={from.value === null ? "" : String(from.value)}
          hint="Empty writes nothing at all (null)."
          onChange={(event) =>
            set({ kind: "constant", value: event.target.value === "" ? null : event.target.value })
          }
        />
      )}
      {from?.kind === "values" && <ValueList name={name} source={from} onChange={set} />}
    </div>
  );
}

function started(kind: Kind): MappedSource {
  switch (kind) {
    case "constant":
      return { kind, value: null };
    case "template":
      return { kind, template: "{full_name}" };
    case "values":
      return { kind, field: "role", values: {}, otherwise: { kind: "same" } };
    default:
      return { kind: "field", field: kind };
  }
}

import { Card } from "@/components/ui/card";
import { Choices } from "@/components/ui/choices";
import { Select } from "@/components/ui/select";
import { TextField } from "@/components/ui/text-field";
import type { MappingInput, TableColumn } from "@/lib/mapping/schema";

const OPTIONS = [
  {
    value: "delete",
    title: "Delete their row",
    hint: "The row is gone; should they come back, it is made again.",
  },
  {
    value: "deactivate",
    title: "Deactivate their row",
    hint: "The row stays, and a boolean column says false until they come back.",
  },
  { value: "keep", title: "Keep their row", hint: "The row stays as it is." },
] as const;

interface LeavingProps {
  draft: MappingInput;
  columns: readonly TableColumn[];
  onChange: (draft: MappingInput) => void;
}

/** What becomes of the row of a user who leaves. */
export function Leaving({ draft, columns, onChange }: LeavingProps) {
  const written = new Set(draft.mapping?.columns.map(({ column }) => column));
  const booleans = columns
    .filter(({ name, type }) => /^bool/.test(type) && !written.has(name))
    .map(({ name }) => name);
  const known = columns.some(({ type }) => type !== "");
  const setColumn = (removalColumn: string | null) => onChange({ ...draft, removalColumn });
  return (
    <Card title="When a user leaves">
      <div className="space-y-3 p-4">
        <Choices
          label="When a user leaves"
          value={draft.removalPolicy}
          options={OPTIONS}
          onChange={(removalPolicy) =>
            onChange({
              ...draft,
              removalPolicy,
              removalColumn: removalPolicy === "deactivate" ? (booleans[0] ?? null) : null,
            })
          }
        />
        {draft.removalPolicy === "deactivate" &&
          (known ? (
            <Select
              label="Column that says whether a row is active"
              className="max-w-72"
              value={draft.removalColumn}
              none={booleans.length > 0 ? "Choose a column" : "The table has no boolean column left"}
              options={booleans.map((name) => ({ value: name, text: name }))}
              onChange={setColumn}
            />
          ) : (
            <TextField
              className="max-w-72"
              label="Column that says whether a row is active"
              value={draft.removalColumn ?? ""}
              onChange={(event) => setColumn(event.target.value === "" ? null : event.target.value)}
            />
          ))}
      </div>
    </Card>
  );
}

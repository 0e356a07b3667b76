import { KeyRound } from "lucide-react";
import { cn } from "@/components/ui/cn";
import type { TableColumn } from "@/lib/mapping/schema";
import type { MappedColumn } from "@/lib/sync/core/mapping";
import { SourceEditor } from "./source-editor";

interface ColumnRowProps {
  name: string;
  /** What the site tells of it; undefined when it does not. */
  known: TableColumn | undefined;
  /** Whether the site tells all of its columns. */
  described: boolean;
  mapped: MappedColumn | undefined;
  isMatch: boolean;
  isRemoval: boolean;
  problem: string | undefined;
  onChange: (mapped: MappedColumn | null) => void;
  onMatch: () => void;
}

/** One column of the site's table: what it is, and what goes into it. */
export function ColumnRow({ name, known, described, mapped, isRemoval, problem, ...more }: ColumnRowProps) {
  const missing = described && !known;
  const empty = known?.required && known.hasDefault === false && !mapped && !isRemoval;
  const wrong = problem ?? (missing ? "The site has no such column." : undefined);
  return (
    <li className="grid gap-x-4 gap-y-2 px-4 py-3 md:grid-cols-[minmax(9rem,14rem)_1fr]" aria-label={name}>
      <div className="min-w-0">
        <p className="truncate font-medium font-mono text-sm" title={name}>
          {name}
        </p>
        <p className={cn("text-xs", empty ? "text-warn" : "text-faint")}>{factsOf(known, empty ?? false)}</p>
      </div>
      <div className="min-w-0 space-y-2">
        {isRemoval ? (
          <p className="text-soft">Written by "When a user leaves": true, and false once they have left.</p>
        ) : (
          <SourceEditor name={name} mapped={mapped} onChange={more.onChange} />
        )}
        {mapped && <ColumnOptions name={name} mapped={mapped} {...more} />}
        {wrong && <p className="text-bad text-xs">{wrong}</p>}
      </div>
    </li>
  );
}

function factsOf(known: TableColumn | undefined, empty: boolean): string {
  if (!known) return "";
  const facts = [known.type, known.primaryKey && "primary key"];
  if (empty) facts.push("must be filled");
  else if (known.required) facts.push(known.hasDefault ? "has a default" : "required");
  return facts.filter(Boolean).join(" · ");
}

type ColumnOptionsProps = Pick<ColumnRowProps, "name" | "isMatch" | "onChange" | "onMatch"> & {
  mapped: MappedColumn;
};

function ColumnOptions({ name, mapped, isMatch, onChange, onMatch }: ColumnOptionsProps) {
  const { from } = mapped;
  const unique = from.kind === "field" && ["id", "email", "clerk_user_id"].includes(from.field);
  return (
    <div className="flex flex-wrap gap-x-5 gap-y-1 text-soft">
      {unique && (
        <Option type="radio" label={`${name} says whose row it is`} checked={isMatch} onChange={onMatch}>
          <KeyRound aria-hidden className="size-3.5" />
          Says whose row it is
        </Option>
      )}
      {!isMatch && (
        <>
          <Option
            type="checkbox"
            label={`${name}: only when the row is made`}
            checked={mapped.onlyOnCreate}
            onChange={(onlyOnCreate) => onChange({ ...mapped, onlyOnCreate })}
          >
            Only when the row is made
          </Option>
          {from.kind !== "constant" && (
            <Option
              type="checkbox"
              label={`${name}: clear when empty`}
              checked={mapped.clearWhenEmpty}
              onChange={(clearWhenEmpty) => onChange({ ...mapped, clearWhenEmpty })}
            >
              Clear when empty
            </Option>
          )}
        </>
      )}
    </div>
  );
}

interface OptionProps {
  type: "radio" | "checkbox";
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: React.ReactNode;
}

function Option({ type, label, checked, onChange, children }: OptionProps) {
  return (
    <label className="flex cursor-pointer items-center gap-2 text-xs pointer-coarse:py-1.5">
      <input
        type={type}
        aria-label={label}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-accent"
      />
      {children}
    </label>
  );
}

import { ArrowRight } from "lucide-react";

interface FieldChangesProps {
  fields: readonly { name: string; here: string | null; there: string | null }[];
}

/** What differs between two rows, field by field: as it is at the site, and as it is in the list. */
export function FieldChanges({ fields }: FieldChangesProps) {
  return (
    <ul className="min-w-0 flex-[2_1_16rem] space-y-0.5">
      {fields.map(({ name, here, there }) => (
        <li key={name} className="flex flex-wrap items-center gap-x-1.5 break-all text-xs">
          <span className="text-faint">{name}</span>
          <span className="sr-only">at the site</span>
          <Value value={there} className="bg-warn-soft text-warn" />
          <ArrowRight aria-hidden className="size-3 shrink-0 text-faint" />
          <span className="sr-only">in the list</span>
          <Value value={here} className="bg-ok-soft text-ok" />
        </li>
      ))}
    </ul>
  );
}

function Value({ value, className }: { value: string | null; className: string }) {
  const words = value === null ? "empty" : value === "" ? "empty text" : null;
  return (
    <code className={`rounded px-1 py-0.5 font-mono ${className}`}>{words ? <em>{words}</em> : value}</code>
  );
}

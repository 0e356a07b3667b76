import { cn } from "@/components/ui/cn";
import type { AuditEntry } from "@/lib/audit/schema";

type Values = Pick<AuditEntry, "before" | "after">;

/** Field by field, what was there before and what is there since. */
export function Changes({ before, after }: Values) {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (fields.length === 0) return null;
  return (
    <section aria-label="What changed" className="space-y-2">
      <h3 className="font-medium">{headline({ before, after })}</h3>
      <dl className="divide-y overflow-hidden rounded-lg border">
        {fields.map((field) => (
          <div key={field} className="space-y-1 px-3 py-2">
            <dt className="font-mono text-faint text-xs">{field}</dt>
            <dd className="flex flex-col gap-1">
              {before && <Value sign="−" word="before" value={before[field]} className="bg-bad-soft" />}
              {after && <Value sign="+" word="after" value={after[field]} className="bg-ok-soft" />}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function headline({ before, after }: Values): string {
  if (!before) return "What it has since";
  return after ? "Before and after" : "What it had";
}

interface ValueProps {
  sign: string;
  word: string;
  value: unknown;
  className: string;
}

function Value({ sign, word, value, className }: ValueProps) {
  return (
    <div className={cn("flex gap-2 rounded px-2 py-0.5", className)}>
      <span aria-hidden className="text-faint">
        {sign}
      </span>
      <span className="sr-only">{word}</span>
      <span
        className={cn("min-w-0 whitespace-pre-wrap break-words", isNothing(value) && "text-faint italic")}
      >
        {textOf(value)}
      </span>
    </div>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

function textOf(value: unknown): string {
  if (isNothing(value)) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

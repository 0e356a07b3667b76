import { cn } from "@/components/ui/cn";
import type { AuditEntry } from "@/lib/audit/schema";

type Values = NonNullable<AuditEntry["before"]>;

/** Field by field, what was there before and what is there since; or what is known of something new or gone. */
export function Changes({ before, after }: Pick<AuditEntry, "before" | "after">) {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (fields.length === 0) return null;
  const both = before !== null && after !== null;
  return (
    <section aria-label={both ? "What changed" : "Details"} className="space-y-2">
      <h3 className="font-medium">{both ? "What changed" : "Details"}</h3>
      <dl className="divide-y overflow-hidden rounded-lg border">
        {fields.map((field) => (
          <div key={field} className="space-y-1 px-3 py-2">
            <dt className="font-mono text-faint text-xs">{field}</dt>
            {both ? (
              <Change field={field} before={before} after={after} />
            ) : (
              <Known value={(before ?? after)?.[field]} />
            )}
          </div>
        ))}
      </dl>
    </section>
  );
}

function Change({ field, before, after }: { field: string; before: Values; after: Values }) {
  return (
    <>
      <Value sign="−" word="before" value={before[field]} className="bg-bad-soft" />
      <Value sign="+" word="after" value={after[field]} className="bg-ok-soft" />
    </>
  );
}

interface ValueProps {
  sign: string;
  word: string;
  value: unknown;
  className: string;
}

function Value({ sign, word, value, className }: ValueProps) {
  return (
    <dd className={cn("flex gap-2 rounded px-2 py-0.5", className)}>
      <span aria-hidden className="text-faint">
        {sign}
      </span>
      <span className="sr-only">{word}</span>
      <Text value={value} />
    </dd>
  );
}

function Known({ value }: { value: unknown }) {
  return (
    <dd>
      <Text value={value} />
    </dd>
  );
}

function Text({ value }: { value: unknown }) {
  const isNothing = value === null || value === undefined;
  return (
    <span className={cn("min-w-0 whitespace-pre-wrap break-words", isNothing && "text-faint italic")}>
      {isNothing ? "nothing" : textOf(value)}
    </span>
  );
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(textOf).join(", ") : JSON.stringify(value);
}

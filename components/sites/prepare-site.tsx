import { ChevronRight } from "lucide-react";
import { CodeBlock } from "@/components/ui/code-block";

/** The SQL that prepares a site's database, to be read before it is run. */
export function PrepareSite({ sql }: { sql: string }) {
  return (
    <details className="group rounded-lg border bg-surface shadow-card">
      <summary className="flex cursor-pointer list-none items-center gap-2 rounded-lg px-4 py-3 hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90"
        />
        <span className="min-w-0">
          <span className="font-medium">Prepare a site's database</span>{" "}
          <span className="text-soft">The SQL that each Supabase project runs once.</span>
        </span>
      </summary>
      <div className="space-y-3 border-t px-4 py-3">
        <p className="max-w-2xl text-soft">
          Run this in the SQL Editor of the site's Supabase project. It creates the table that Roster fills,
          closed to the public, and may be run again.
        </p>
        <CodeBlock label="user_profiles.sql" code={sql} copy="Copy SQL" />
      </div>
    </details>
  );
}

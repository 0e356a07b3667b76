import { CopyButton } from "@/components/ui/copy-button";

/** Offers the SQL that prepares a site's database, in one line. */
export function CopySql({ sql }: { sql: string }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 rounded-lg bg-sunken px-3 py-2">
      <p className="text-soft">First time? Run this in the site's SQL Editor.</p>
      <CopyButton text={sql}>Copy SQL</CopyButton>
    </div>
  );
}

import Link from "next/link";
import type { ComponentProps } from "react";
import { totalOf } from "@/components/shell/sync-summary";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import type { Overview } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

export function Counts({ overview, sites }: { overview: Overview; sites: Site[] }) {
  const total = (...states: Parameters<typeof totalOf>[1][]) =>
    states.reduce((sum, state) => sum + totalOf(overview, state), 0);
  const failed = total("failed");
  const retrying = total("retrying");
  const landed = total("synced", "removed");
  const drifted = overview.sites.reduce((sum, site) => sum + site.drifted, 0);
  const all = landed + failed + retrying + drifted + total("pending", "held");
  const undecided = sites.filter((site) => site.waitsForTakeOver).length;
  const paused = sites.filter(({ status }) => status === "paused").length - undecided;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-line shadow-card sm:grid-cols-3 lg:grid-cols-5">
      <Count
        name="Users"
        href="/users"
        value={overview.users.active}
        note={`${formatNumber(overview.users.inactive)} inactive`}
      />
      <Count name="Sites" href="/sites" value={sites.length} note={siteNote(paused, undecided)} />
      <Count name="In sync" href="/sync" value={landed} note={`of ${formatNumber(all)} users at sites`} />
      <Count name="Waiting" href="/sync?status=pending" value={total("pending")} note="on their way" />
      <Count
        name="Failing"
        href={failed > 0 ? "/sync?status=failed" : "/sync?status=retrying"}
        value={failed + retrying}
        note={failingNote(failed, retrying)}
        className={cn(
          "col-span-2 lg:col-span-1",
          failed > 0 ? "[&_dd:first-of-type]:text-bad" : retrying > 0 && "[&_dd:first-of-type]:text-warn",
        )}
      />
    </dl>
  );
}

function failingNote(failed: number, retrying: number): string {
  if (failed + retrying === 0) return "nobody";
  return failed === 0 ? "being retried" : `${formatNumber(retrying)} of them being retried`;
}

/** What is to be known of the sites before anything else: a take-over, since it waits for a person. */
function siteNote(paused: number, undecided: number): string {
  if (undecided > 0) return `${formatNumber(undecided)} to take over`;
  return paused > 0 ? `${formatNumber(paused)} paused` : "connected";
}

interface CountProps {
  name: string;
  value: number;
  note: string;
  href: ComponentProps<typeof Link>["href"];
  className?: string;
}

function Count({ name, value, note, href, className }: CountProps) {
  return (
    <div className={cn("relative bg-surface px-4 py-3 transition-colors hover:bg-sunken", className)}>
      <dt className="text-faint text-xs">
        <Link href={href} className="after:absolute after:inset-0">
          {name}
        </Link>
      </dt>
      <dd className="mt-0.5 font-semibold text-xl tabular-nums tracking-tight">{formatNumber(value)}</dd>
      <dd className="text-pretty text-faint text-xs tabular-nums">{note}</dd>
    </div>
  );
}

import type { LucideIcon } from "lucide-react";
import { cn } from "./cn";
import { formatNumber } from "./numbers";

interface Tally {
  name: string;
  value: number;
  icon: LucideIcon;
  /** Class of the icon where the value is more than 0. */
  tone: string;
}

/** Four counts beside each other, or two above two. */
export function Tallies({ of }: { of: readonly Tally[] }) {
  return (
    <dl className="grid grid-cols-2 gap-px border-t bg-line sm:grid-cols-4">
      {of.map(({ name, value, icon: Icon, tone }) => (
        <div key={name} className="bg-surface px-4 py-2.5">
          <dt className="flex items-center gap-1.5 text-faint text-xs">
            <Icon aria-hidden className={cn("size-3.5", value > 0 ? tone : "text-faint")} />
            {name}
          </dt>
          <dd className="font-semibold text-base tabular-nums">{formatNumber(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

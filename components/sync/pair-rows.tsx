"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleMinus, CircleX, RefreshCw, TriangleAlert } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { count } from "@/components/ui/numbers";
import { ExactTime, RelativeTime } from "@/components/ui/relative-time";
import { Loaded, Skeleton } from "@/components/ui/states";
import { ROW_FIELDS, type RowField } from "@/lib/sites/row-fields";
import { siteUserQuery } from "@/lib/sites/site-user-queries";
import type { SiteUser, SiteUserRow } from "@/lib/sites/site-user-schema";
import { fieldName } from "@/lib/users/field-names";

interface PairRowsProps {
  userId: string;
  siteId: string;
  site: string;
  /** Moves when the pair was tried, which makes what was read of the site old. */
  version: string | null;
}

/** The row here and the row at the site beside each other, as the site has it now. */
export function PairRows({ userId, siteId, site, version }: PairRowsProps) {
  const rows = useQuery(siteUserQuery(siteId, userId, version));
  return (
    <section aria-label="The row here and there" className="space-y-2">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-semibold">The row here and there</h3>
        <div className="flex items-center gap-1 text-faint text-xs">
          {rows.data && (
            <span className="max-sm:hidden">
              read <RelativeTime value={rows.data.readAt} />
            </span>
          )}
          <Button variant="ghost" disabled={rows.isFetching} onClick={() => rows.refetch()}>
            <RefreshCw aria-hidden className={cn(rows.isFetching && "animate-spin")} />
            Read again
          </Button>
        </div>
      </div>
      <Loaded query={rows} loading={<Skeleton className="h-40 w-full" />}>
        {(data) => <Comparison {...data} site={site} />}
      </Loaded>
    </section>
  );
}

function Comparison({ here, there, site }: SiteUser & { site: string }) {
  if (there.kind === "unreadable") {
    return (
      <div className="space-y-1 rounded-lg bg-warn-soft px-3 py-2.5">
        <p className="font-medium text-warn">{there.error}</p>
        {there.advice && <p className="text-ink">{there.advice}</p>}
      </div>
    );
  }
  const row = there.kind === "none" ? null : there.row;
  const differs = there.kind === "row" ? there.differs : [];
  return (
    <>
      <div role="status">
        <Verdict there={there} here={here} />
      </div>
      {(here || row) && <Fields here={here} row={row} differs={differs} site={site} />}
    </>
  );
}

function Verdict({ here, there }: Pick<SiteUser, "here" | "there">) {
  if (there.kind === "none") {
    return (
      <Badge tone={here?.status === "active" ? "bad" : "idle"} icon={CircleMinus}>
        The site has no row of this user
      </Badge>
    );
  }
  if (there.kind === "other") {
    return (
      <Badge tone="bad" icon={CircleX}>
        Another row there has this e-mail address
      </Badge>
    );
  }
  if (here === null) {
    return (
      <Badge tone="warn" icon={TriangleAlert}>
        The list no longer has this user, the site does
      </Badge>
    );
  }
  const differing = there.kind === "row" ? there.differs.length : 0;
  return differing === 0 ? (
    <Badge tone="ok" icon={CircleCheck}>
      The same in every field
    </Badge>
  ) : (
    <Badge tone="warn" icon={TriangleAlert}>
      {count(differing, "field")} {differing === 1 ? "differs" : "differ"}
    </Badge>
  );
}

interface FieldsProps {
  here: SiteUserRow | null;
  row: SiteUserRow | null;
  differs: readonly RowField[];
  site: string;
}

function Fields({ here, row, differs, site }: FieldsProps) {
  return (
    <table className="w-full table-fixed border-separate border-spacing-0 text-left">
      <thead className="text-faint text-xs">
        <tr>
          <th scope="col" className="w-24 border-b py-1.5 font-medium">
            Field
          </th>
          <th scope="col" className="border-b px-2 py-1.5 font-medium">
            Here
          </th>
          <th scope="col" className="truncate border-b px-2 py-1.5 font-medium">
            At {site}
          </th>
        </tr>
      </thead>
      <tbody>
        {ROW_FIELDS.map((field) => (
          <tr key={field} className={cn("align-top", differs.includes(field) && "bg-warn-soft")}>
            <th scope="row" className="border-b py-1.5 font-normal text-soft">
              {fieldName(field)}
              {differs.includes(field) && (
                <span className="flex items-center gap-1 font-medium text-warn text-xs">
                  <TriangleAlert aria-hidden className="size-3" />
                  differs
                </span>
              )}
            </th>
            <Value field={field} value={here?.[field] ?? null} />
            <Value field={field} value={row?.[field] ?? null} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ field, value }: { field: RowField; value: string | null }) {
  return (
    <td className="break-words border-b px-2 py-1.5">
      {value === null ? (
        <span className="text-faint">–</span>
      ) : field.endsWith("_at") && !Number.isNaN(Date.parse(value)) ? (
        <ExactTime value={value} />
      ) : (
        value
      )}
    </td>
  );
}

"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { memo, useCallback } from "react";
import { useMay } from "@/components/access/use-may";
import { Skeleton } from "@/components/ui/states";
import { cellProps } from "@/components/ui/use-grid-focus";
import { Person as PersonLook } from "@/components/users/person";
import type { Person } from "@/lib/runs/insight-schema";
import { type Block, type MatrixItem, matrixQuery } from "@/lib/runs/queries";
import type { Site } from "@/lib/sites/schema";
import { MatrixCell } from "./matrix-cell";
import { FIXED_COLUMNS, knownItems, partsBetween } from "./matrix-window";
import { SyncUserButton } from "./sync-user-button";

interface MatrixRowProps {
  index: number;
  person: Person | undefined;
  /** The users that are asked about together with this one. */
  users: Block | undefined;
  sites: Site[];
  siteBlocks: Block[];
  /** The first and the last column in sight. */
  first: number;
  last: number;
  columnWidth: number;
  fixedWidth: number;
  /** The column with the tab stop, null when it is in another row. */
  focused: number | null;
  onOpen: (userId: string, siteId: string) => void;
}

/** One user at every site in sight. Rendered anew only when it looks different, not whenever the grid scrolls. */
export const MatrixRow = memo(function MatrixRow({
  person,
  users,
  siteBlocks,
  first,
  last,
  ...props
}: MatrixRowProps) {
  const { index, fixedWidth, focused } = props;
  if (!person || !users) return <Awaited index={index} width={fixedWidth} focused={focused} />;
  const name = person.full_name || person.email || person.user_id;
  return (
    <>
      <Fixed index={index} person={person} name={name} width={fixedWidth} focused={focused} />
      {partsBetween(first, last).map(({ block, ...part }) => {
        const asked = siteBlocks[block];
        return (
          asked && (
            <Cells
              key={block}
              {...props}
              {...part}
              userId={person.user_id}
              name={name}
              users={users}
              asked={asked}
            />
          )
        );
      })}
    </>
  );
});

type CellsProps = Omit<MatrixRowProps, "person" | "users" | "siteBlocks"> & {
  userId: string;
  name: string;
  users: Block;
  /** The sites that are asked about in one call, these columns' among them. */
  asked: Block;
};

/** The user's states at sites that are asked about together. */
function Cells({ index, userId, name, users, asked, sites, first, last, focused, ...look }: CellsProps) {
  const client = useQueryClient();
  const { data: item } = useQuery({
    ...matrixQuery(users, asked),
    placeholderData: () => knownItems(client, users, asked),
    select: useCallback((items: MatrixItem[]) => items.find((one) => one.userId === userId), [userId]),
  });
  return sites
    .slice(first, last + 1)
    .map((site, offset) => (
      <MatrixCell
        key={site.id}
        userId={userId}
        user={name}
        site={site}
        status={item && (item.states[site.id] ?? null)}
        reason={item?.reasons[site.id] ?? null}
        row={index}
        column={first + offset + FIXED_COLUMNS}
        hasFocus={focused === first + offset + FIXED_COLUMNS}
        left={look.fixedWidth + (first + offset) * look.columnWidth}
        width={look.columnWidth}
        onOpen={look.onOpen}
      />
    ));
}

interface FixedProps {
  index: number;
  person: Person;
  name: string;
  width: number;
  focused: number | null;
}

/** What stays at the left: who it is, and the icon that sends them again. */
function Fixed({ index, person, name, width, focused }: FixedProps) {
  const look = (
    <PersonLook
      name={person.full_name}
      email={person.email ?? person.user_id}
      aside={
        person.status === "active" ? null : <span className="text-faint text-xs">{GONE[person.status]}</span>
      }
    />
  );
  const control = cellProps(index, 0, focused === 0);
  return (
    <div className="sticky left-0 z-10 flex h-full items-center border-r bg-surface" style={{ width }}>
      <div role="rowheader" aria-colindex={1} className="min-w-0 flex-1 pl-3">
        {person.status === "deleted" ? (
          <span {...control} className="block">
            {look}
          </span>
        ) : (
          <Link
            {...control}
            href={`/users/${encodeURIComponent(person.user_id)}` as Route}
            prefetch={false}
            className="block rounded-md py-1 hover:underline"
          >
            {look}
          </Link>
        )}
      </div>
      <SyncCell index={index} person={person} name={name} focused={focused} />
    </div>
  );
}

/** In place of a user who is on the way, with the tab stop that the grid may have moved there. */
function Awaited({ index, width, focused }: Pick<FixedProps, "index" | "width" | "focused">) {
  return (
    <div className="sticky left-0 z-10 flex h-full items-center border-r bg-surface pl-3" style={{ width }}>
      <div role="rowheader" aria-colindex={1}>
        <span {...(focused !== null && cellProps(index, focused, true))} className="block rounded-md">
          <Skeleton className="h-3 w-40 max-w-full" />
          <span className="sr-only">Loading</span>
        </span>
      </div>
    </div>
  );
}

const GONE = { inactive: "inactive", deleted: "deleted" };

function SyncCell({ index, person, name, focused }: Omit<FixedProps, "width">) {
  const mayRun = useMay("sync:run");
  const control = cellProps(index, 1, focused === 1);
  return (
    <div role="gridcell" aria-colindex={2} className="shrink-0 px-1">
      {mayRun && person.status !== "deleted" ? (
        <SyncUserButton userId={person.user_id} name={name} side="right" control={control} />
      ) : (
        <span {...control} className="sr-only">
          Only owners and admins can sync
        </span>
      )}
    </div>
  );
}

"use client";

import { useQueries, useQueryClient } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { memo } from "react";
import { useMay } from "@/components/access/use-may";
import { cellProps } from "@/components/ui/use-grid-focus";
import { Person as PersonLook } from "@/components/users/person";
import type { Person } from "@/lib/runs/insight-schema";
import { type MatrixItem, matrixQuery } from "@/lib/runs/queries";
import type { Site } from "@/lib/sites/schema";
import { MatrixCell } from "./matrix-cell";
import { blocksBetween, knownItems } from "./matrix-window";
import { SyncUserButton } from "./sync-user-button";

interface MatrixRowProps {
  index: number;
  person: Person | undefined;
  /** The users that are asked about together with this one. */
  users: readonly string[];
  sites: Site[];
  siteBlocks: string[][];
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
export const MatrixRow = memo(function MatrixRow({ person, ...props }: MatrixRowProps) {
  return person ? <Row person={person} {...props} /> : null;
});

function Row({ index, person, sites, columnWidth, fixedWidth, focused, onOpen, ...window }: RowProps) {
  const { first, last } = window;
  const item = useItem({ userId: person.user_id, ...window });
  const name = person.full_name || person.email || person.user_id;
  const shown = sites.slice(first, last + 1);
  return (
    <>
      <Fixed index={index} person={person} name={name} width={fixedWidth} focused={focused} />
      {shown.map((site, offset) => {
        const column = first + offset;
        return (
          <div
            key={site.id}
            role="gridcell"
            aria-colindex={column + 3}
            className="absolute inset-y-0 p-1"
            style={{ left: fixedWidth + column * columnWidth, width: columnWidth }}
          >
            <MatrixCell
              user={name}
              site={site}
              status={item && (item.states[site.id] ?? null)}
              reason={item?.reasons[site.id] ?? null}
              control={cellProps(index, column + 2, focused === column + 2)}
              onOpen={() => onOpen(person.user_id, site.id)}
            />
          </div>
        );
      })}
    </>
  );
}

type RowProps = Omit<MatrixRowProps, "person"> & { person: Person };

type WindowOfRow = Pick<RowProps, "first" | "last" | "users" | "siteBlocks"> & { userId: string };

/** The user's states at the sites in sight, undefined while none has come. */
function useItem({ userId, first, last, users, siteBlocks }: WindowOfRow) {
  const client = useQueryClient();
  return useQueries({
    queries: blocksBetween(first, last).map((block) => {
      const siteIds = siteBlocks[block] ?? [];
      return {
        ...matrixQuery(users, siteIds),
        placeholderData: () => knownItems(client, users, siteIds),
      };
    }),
    combine: (results) => merge(results.map(({ data }) => data?.find((item) => item.userId === userId))),
  });
}

function merge(parts: (MatrixItem | undefined)[]): Pick<MatrixItem, "states" | "reasons"> | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length === 0) return undefined;
  return {
    states: Object.assign({}, ...known.map(({ states }) => states)),
    reasons: Object.assign({}, ...known.map(({ reasons }) => reasons)),
  };
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

"use client";

import { useQueries } from "@tanstack/react-query";
import type { Dispatch, SetStateAction } from "react";
import { useMay } from "@/components/access/use-may";
import { cn } from "@/components/ui/cn";
import { LoadMore, SortTh, Th } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import { useIsWide } from "@/components/ui/use-is-wide";
import type { usePages } from "@/components/ui/use-pages";
import { useSteady } from "@/components/ui/use-steady";
import { VirtualTable } from "@/components/ui/virtual-table";
import { syncSummaryQuery } from "@/lib/runs/queries";
import type { UserSort } from "@/lib/users/list-schema";
import type { User } from "@/lib/users/schema";
import { SelectBox } from "./select-box";
import { isSelected, type Selection, selectedOf, spanOf, toggle, toggleShown } from "./selection";
import { useColumns } from "./use-columns";
import { UserRow } from "./user-row";
import { keyOf, type Row, rowsOf } from "./user-rows";

const ROW_HEIGHT = 53;
/** From here on the states have a column; in a narrower window they are below the name. */
const TABLE_WIDTH = 768;

export type UserPages = ReturnType<typeof usePages<User, Row>>;

interface UsersTableProps {
  users: UserPages;
  sort: UserSort;
  onSort: (sort: UserSort) => void;
  selection: Selection;
  onSelect: Dispatch<SetStateAction<Selection>>;
  onEdit: (id: string) => void;
}

export function UsersTable({ users, sort, onSort, selection, onSelect, onEdit }: UsersTableProps) {
  const { rows, near, more } = users;
  const [columns] = useColumns();
  const writes = useMay("users:write");
  const runs = useMay("sync:run");
  const isWide = useIsWide(TABLE_WIDTH);
  const edit = useSteady(onEdit);
  useStatesAhead(near);

  /** Changes the selection by the users of some rows, which may have to come back for it. */
  async function selectBy(
    [from, to]: [number, number],
    change: (now: Selection, ids: string[]) => Selection,
  ) {
    try {
      const ids = (await users.load(from, to)).map(({ id }) => id);
      onSelect((now) => change(now, ids));
    } catch (error) {
      toast.error(`Nobody was selected: ${error instanceof Error ? error.message : "they did not load."}`);
    }
  }
  const select = useSteady((row: number, id: string, range: boolean) => {
    void selectBy(spanOf(selection, row, range, rows.length), (now, ids) =>
      toggle(now, { id, row }, ids, range),
    );
  });
  const sortable = (field: string) => ({
    sorted:
      sort === field ? ("ascending" as const) : sort === `-${field}` ? ("descending" as const) : undefined,
    onSort: () => onSort(nextSort(sort, field)),
  });
  const header = (
    <>
      {writes && (
        <Th className="w-px p-0">
          <SelectBox
            label="Select everybody shown"
            state={selectedOf(
              selection,
              near.flatMap(({ items }) => items.map(({ id }) => id)),
              rows.length,
            )}
            onChange={() => void selectBy([0, rows.length - 1], toggleShown)}
          />
        </Th>
      )}
      <SortTh {...sortable("full_name")}>User</SortTh>
      {columns.map(({ id, name, sort: field, className }) => {
        const shown = className.split(" ").filter((one) => one === "hidden" || one.endsWith(":table-cell"));
        return field ? (
          <SortTh key={id} className={cn(shown)} {...sortable(field)}>
            {name}
          </SortTh>
        ) : (
          <Th key={id} className={cn(shown)}>
            {name}
          </Th>
        );
      })}
      <Th className="right-0 z-20">
        <span className="sr-only">Actions</span>
      </Th>
    </>
  );
  return (
    <VirtualTable
      label="Users"
      rows={rows}
      more={more.hasNextPage}
      sameHeight
      onSight={users.onSight}
      rowKey={keyOf}
      header={header}
      columns={columns.length + (writes ? 3 : 2)}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} />}
    >
      {({ user, page }, { "data-index": index }) => (
        <UserRow
          key={user.id}
          user={user}
          page={page}
          index={index}
          columns={columns}
          isWide={isWide}
          runs={runs}
          writes={writes}
          selected={isSelected(selection, user.id)}
          onSelect={select}
          onEdit={edit}
        />
      )}
    </VirtualTable>
  );
}

/** Asks for the states of the users of these pages, so that rows come into sight with them. */
function useStatesAhead(pages: UserPages["near"]): void {
  useQueries({
    queries: pages.map((page) => ({
      ...syncSummaryQuery(rowsOf(page)[0]?.page ?? []),
      enabled: page.items.length > 0,
      notifyOnChangeProps: [],
    })),
  });
}

/** Names begin with A, times with the newest; a second click turns the order round. */
function nextSort(sort: UserSort, field: string): UserSort {
  const [up, down] = [field, `-${field}`] as [UserSort, UserSort];
  if (sort === up) return down;
  if (sort === down) return up;
  return field.endsWith("_at") ? down : up;
}

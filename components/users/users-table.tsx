"use client";

import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { type ComponentProps, memo, type Ref, useMemo } from "react";
import { May } from "@/components/access/may";
import { useMay } from "@/components/access/use-may";
import { SyncUserButton } from "@/components/sync/sync-user-button";
import { cn } from "@/components/ui/cn";
import { IconButton } from "@/components/ui/icon-button";
import { LoadMore, SortTh, Td, Th } from "@/components/ui/table";
import { useSteady } from "@/components/ui/use-steady";
import { VirtualTable } from "@/components/ui/virtual-table";
import type { Page } from "@/lib/http/page";
import { syncSummaryQuery } from "@/lib/runs/queries";
import type { UserSort } from "@/lib/users/list-schema";
import type { User } from "@/lib/users/schema";
import { Person } from "./person";
import { SelectBox } from "./select-box";
import { isSelected, type Selection, selectedOf, toggle, toggleShown } from "./selection";
import { useColumns } from "./use-columns";
import type { UserColumn } from "./user-columns";
import { idsOf, keyOf, type Row, rowsOf } from "./user-rows";
import { UserSync } from "./user-sync";

// Menus come while the list is on its way.
const UserActions = dynamic(() => import("./user-actions").then((file) => file.UserActions), {
  ssr: false,
  loading: () => <span className="inline-block size-8 align-middle" />,
});

const ROW_HEIGHT = 53;

interface UsersTableProps {
  pages: Page<User>[];
  more: ComponentProps<typeof LoadMore>["query"];
  sort: UserSort;
  onSort: (sort: UserSort) => void;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onEdit: (id: string) => void;
}

export function UsersTable({ pages, more, sort, onSort, selection, onSelect, onEdit }: UsersTableProps) {
  const [columns] = useColumns();
  const writes = useMay("users:write");
  const rows = useMemo(() => rowsOf(pages), [pages]);
  const ids = useMemo(() => rows.map(({ user }) => user.id), [rows]);
  const select = useSteady((id: string, range: boolean) => onSelect(toggle(selection, id, ids, range)));
  const edit = useSteady(onEdit);
  useStatesAhead(pages);
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
            state={selectedOf(selection, ids)}
            onChange={() => onSelect(toggleShown(selection, ids))}
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
      rowKey={keyOf}
      header={header}
      columns={columns.length + (writes ? 3 : 2)}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} auto />}
    >
      {({ user, page }, { ref, "data-index": index }) => (
        <UserRow
          key={user.id}
          user={user}
          page={page}
          rowRef={ref}
          index={index}
          columns={columns}
          selected={writes ? isSelected(selection, user.id) : undefined}
          onSelect={select}
          onEdit={edit}
        />
      )}
    </VirtualTable>
  );
}

/** Asks for the states of a page's users when the page comes, so that its rows come into sight with them. */
function useStatesAhead(pages: Page<User>[]): void {
  const last = pages.at(-1);
  useQuery({
    ...syncSummaryQuery(last ? idsOf(last) : []),
    enabled: last !== undefined,
    notifyOnChangeProps: [],
  });
}

/** Names begin with A, times with the newest; a second click turns the order round. */
function nextSort(sort: UserSort, field: string): UserSort {
  const [up, down] = [field, `-${field}`] as [UserSort, UserSort];
  if (sort === up) return down;
  if (sort === down) return up;
  return field.endsWith("_at") ? down : up;
}

interface UserRowProps extends Row {
  rowRef: Ref<HTMLTableRowElement>;
  index: number;
  columns: readonly UserColumn[];
  /** Undefined where nothing can be done with who is selected. */
  selected: boolean | undefined;
  onSelect: (id: string, range: boolean) => void;
  onEdit: (id: string) => void;
}

/** Drawn anew when the user changes, not whenever the table scrolls. */
const UserRow = memo(function UserRow({ user, page, columns, selected, ...props }: UserRowProps) {
  const name = user.full_name ?? user.email;
  const edit = () => props.onEdit(user.id);
  return (
    <tr
      ref={props.rowRef}
      data-index={props.index}
      className={cn("bg-surface hover:bg-sunken", selected && "bg-accent-soft hover:bg-accent-soft")}
    >
      {selected !== undefined && (
        <Td className="w-px p-0">
          <SelectBox
            label={`Select ${name}`}
            state={selected ? "all" : "none"}
            onChange={(range) => props.onSelect(user.id, range)}
          />
        </Td>
      )}
      <Td
        className={cn(
          "w-full max-w-0 max-sm:relative sm:w-auto sm:max-w-64 2xl:max-w-80",
          selected !== undefined && "pl-1",
        )}
      >
        <Person
          name={user.full_name}
          email={user.email}
          link={(text) => (
            <Link
              href={`/users/${encodeURIComponent(user.id)}`}
              prefetch={false}
              className="hover:underline max-sm:after:absolute max-sm:after:inset-0"
            >
              {text}
            </Link>
          )}
        >
          <div className="mt-1 text-xs md:hidden">
            <UserSync userId={user.id} page={page} />
          </div>
        </Person>
      </Td>
      {columns.map(({ id, className, cell }) => (
        <Td key={id} className={className}>
          {cell(user, page)}
        </Td>
      ))}
      <Td className="sticky right-0 w-px whitespace-nowrap bg-inherit text-right">
        <May scope="sync:run">
          <SyncUserButton userId={user.id} name={name} />
        </May>
        <May scope="users:write">
          <IconButton label={`Edit ${name}`} onClick={edit} className="hidden sm:inline-flex">
            <Pencil aria-hidden />
          </IconButton>
        </May>
        <UserActions user={user} onEdit={edit} />
      </Td>
    </tr>
  );
});

import { Pencil } from "lucide-react";
import Link from "next/link";
import { memo } from "react";
import { SyncUserButton } from "@/components/sync/sync-user-button";
import { cn } from "@/components/ui/cn";
import { IconButton } from "@/components/ui/icon-button";
import { Td } from "@/components/ui/table";
import { Person } from "./person";
import { SelectBox } from "./select-box";
import type { UserColumn } from "./user-columns";
import { UserMenuButton } from "./user-menu-button";
import type { Row } from "./user-rows";
import { UserSync } from "./user-sync";

interface UserRowProps extends Row {
  index: number;
  columns: readonly UserColumn[];
  isWide: boolean;
  /** Whether users may be synced and changed: asked once for all rows. */
  runs: boolean;
  writes: boolean;
  selected: boolean;
  onSelect: (row: number, id: string, range: boolean) => void;
  onEdit: (id: string) => void;
}

/** Drawn anew when the user changes, not whenever the table scrolls. */
export const UserRow = memo(function UserRow({
  user,
  page,
  index,
  columns,
  selected,
  ...props
}: UserRowProps) {
  const name = user.full_name ?? user.email;
  const edit = () => props.onEdit(user.id);
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      // A phone's row has a line more, and is as high without a name.
      className={cn(
        "bg-surface hover:bg-sunken max-md:h-17.5",
        selected && "bg-accent-soft hover:bg-accent-soft",
      )}
    >
      {props.writes && (
        <Td className="w-px p-0">
          <SelectBox
            label={`Select ${name}`}
            state={selected ? "all" : "none"}
            onChange={(range) => props.onSelect(index, user.id, range)}
          />
        </Td>
      )}
      <Td
        className={cn(
          "w-full max-w-0 max-sm:relative sm:w-auto sm:max-w-64 2xl:max-w-80",
          props.writes && "pl-1",
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
          {!props.isWide && (
            <div className="mt-1 text-xs">
              <UserSync userId={user.id} page={page} />
            </div>
          )}
        </Person>
      </Td>
      {columns.map(({ id, className, cell }) => (
        <Td key={id} className={className}>
          {cell(user, page)}
        </Td>
      ))}
      <Td className="sticky right-0 w-px whitespace-nowrap bg-inherit text-right max-sm:pr-1">
        {props.runs && <SyncUserButton userId={user.id} name={name} />}
        {props.writes && (
          <IconButton label={`Edit ${name}`} onClick={edit} className="hidden sm:inline-flex">
            <Pencil aria-hidden />
          </IconButton>
        )}
        <UserMenuButton user={user} name={name} onEdit={edit} />
      </Td>
    </tr>
  );
});

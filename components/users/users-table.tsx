"use client";

import { Pencil } from "lucide-react";
import { May } from "@/components/access/may";
import { SyncUserButton } from "@/components/sync/sync-user-button";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import { LoadMore, Td, Th } from "@/components/ui/table";
import { type RowProps, VirtualTable } from "@/components/ui/virtual-table";
import type { User } from "@/lib/users/schema";
import { Person } from "./person";
import { UserActions } from "./user-actions";
import { UserStatus } from "./user-status";
import { UserSync } from "./user-sync";

const ROW_HEIGHT = 53;

interface UsersTableProps {
  users: User[];
  onEdit: (user: User) => void;
  more: Parameters<typeof LoadMore>[0]["query"];
}

export function UsersTable({ users, onEdit, more }: UsersTableProps) {
  const header = (
    <>
      <Th>User</Th>
      <Th className="hidden lg:table-cell">Role</Th>
      <Th className="hidden xl:table-cell">Team</Th>
      <Th className="hidden xl:table-cell">Department</Th>
      <Th className="hidden sm:table-cell">Status</Th>
      <Th className="hidden md:table-cell">Sync</Th>
      <Th className="hidden lg:table-cell">Changed</Th>
      <Th>
        <span className="sr-only">Actions</span>
      </Th>
    </>
  );
  return (
    <VirtualTable
      label="Users"
      rows={users}
      rowKey={(user) => user.id}
      header={header}
      columns={8}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} />}
    >
      {(user, props) => <UserRow key={user.id} user={user} props={props} onEdit={() => onEdit(user)} />}
    </VirtualTable>
  );
}

function UserRow({ user, props, onEdit }: { user: User; props: RowProps; onEdit: () => void }) {
  const name = user.full_name ?? user.email;
  return (
    <tr {...props} className="hover:bg-sunken">
      <Td className="w-full max-w-0 sm:w-auto sm:max-w-72">
        <Person name={user.full_name} email={user.email}>
          <div className="mt-1 text-xs md:hidden">
            <UserSync user={user} />
          </div>
        </Person>
      </Td>
      <Td className="hidden max-w-40 truncate text-soft lg:table-cell">{user.role}</Td>
      <Td className="hidden max-w-40 truncate text-soft xl:table-cell">{user.team ?? <None />}</Td>
      <Td className="hidden max-w-40 truncate text-soft xl:table-cell">{user.department ?? <None />}</Td>
      <Td className="hidden sm:table-cell">
        <UserStatus status={user.status} />
      </Td>
      <Td className="hidden md:table-cell">
        <UserSync user={user} />
      </Td>
      <Td className="hidden text-faint tabular-nums lg:table-cell">
        <RelativeTime value={user.updated_at} />
      </Td>
      <Td className="w-px whitespace-nowrap text-right">
        <May scope="sync:run">
          <SyncUserButton userId={user.id} name={name} />
        </May>
        <May scope="users:write">
          <IconButton label={`Edit ${name}`} onClick={onEdit} className="hidden sm:inline-flex">
            <Pencil aria-hidden />
          </IconButton>
        </May>
        <UserActions user={user} onEdit={onEdit} />
      </Td>
    </tr>
  );
}

function None() {
  return <span className="text-faint">–</span>;
}

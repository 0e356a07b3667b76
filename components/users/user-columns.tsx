import type { ReactNode } from "react";
import { RelativeTime } from "@/components/ui/relative-time";
import type { User } from "@/lib/users/schema";
import { UserStatus } from "./user-status";
import { UserSync } from "./user-sync";

export interface UserColumn {
  id: string;
  name: string;
  /** The field by which the server sorts it, if it does. */
  sort?: "email" | "updated_at" | "created_at";
  /** Which windows are wide enough, and how its cells look. */
  className: string;
  /** Shown unless somebody chose otherwise. */
  usual: boolean;
  cell: (user: User, page: readonly string[]) => ReactNode;
}

// Whatever is usual fits beside the sidebar, from a narrow window on: what does not is at hand in Columns.
const TEXT = "hidden max-w-28 truncate text-soft min-[90rem]:max-w-32 2xl:max-w-40";

/** The columns to choose from; the user's name comes before them, always. */
export const USER_COLUMNS: readonly UserColumn[] = [
  {
    id: "email",
    name: "E-mail",
    sort: "email",
    className: "hidden max-w-64 truncate text-soft lg:table-cell",
    usual: false,
    cell: (user) => user.email,
  },
  {
    id: "role",
    name: "Role",
    className: `${TEXT} xl:table-cell`,
    usual: true,
    cell: (user) => user.role,
  },
  {
    id: "team",
    name: "Team",
    className: `${TEXT} xl:table-cell`,
    usual: true,
    cell: (user) => user.team ?? <None />,
  },
  {
    id: "department",
    name: "Department",
    className: `${TEXT} min-[90rem]:table-cell`,
    usual: true,
    cell: (user) => user.department ?? <None />,
  },
  {
    id: "status",
    name: "Status",
    className: "hidden sm:table-cell",
    usual: true,
    cell: (user) => <UserStatus status={user.status} />,
  },
  {
    id: "sync",
    name: "Sync",
    className: "hidden md:table-cell",
    usual: true,
    cell: (user, page) => <UserSync userId={user.id} page={page} />,
  },
  {
    id: "changed",
    name: "Changed",
    sort: "updated_at",
    className: "hidden text-faint tabular-nums xl:table-cell",
    usual: true,
    cell: (user) => <RelativeTime value={user.updated_at} />,
  },
  {
    id: "added",
    name: "Added",
    sort: "created_at",
    className: "hidden text-faint tabular-nums lg:table-cell",
    usual: false,
    cell: (user) => <RelativeTime value={user.created_at} />,
  },
  {
    id: "clerk",
    name: "Clerk id",
    className: `${TEXT} font-mono text-xs lg:table-cell`,
    usual: false,
    cell: (user) => (user.clerk_user_id === user.id ? <None /> : user.clerk_user_id),
  },
  {
    id: "id",
    name: "Id",
    className: `${TEXT} font-mono text-xs lg:table-cell`,
    usual: false,
    cell: (user) => user.id,
  },
];

function None() {
  return <span className="text-faint">–</span>;
}

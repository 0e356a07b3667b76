"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Plus, SearchX, Users } from "lucide-react";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { May } from "@/components/access/may";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { formatNumber } from "@/components/ui/numbers";
import { PageHeader } from "@/components/ui/page-header";
import { SearchInput } from "@/components/ui/search-input";
import { Select } from "@/components/ui/select";
import { EmptyState, Loaded } from "@/components/ui/states";
import { overviewQuery } from "@/lib/runs/queries";
import { usersQuery } from "@/lib/users/queries";
import type { User } from "@/lib/users/schema";
import { UserPanel } from "./user-panel";
import { UsersTable } from "./users-table";

const STATUSES = [
  { value: "active", text: "Active" },
  { value: "inactive", text: "Inactive" },
] as const;

/** Whose panel is open: nobody's, a new user's, or that of the user to edit. */
type Panel = { kind: "closed" } | { kind: "add" } | { kind: "edit"; user: User };

export function UsersView() {
  const [{ q, status }, setFilter] = useQueryStates({
    q: parseAsString.withDefault(""),
    status: parseAsStringLiteral(["active", "inactive"]),
  });
  const [panel, setPanel] = useState<Panel>({ kind: "closed" });
  const users = useInfiniteQuery(usersQuery({ search: q, status }));
  const filtered = q !== "" || status !== null;
  const add = (
    <Button variant="primary" onClick={() => setPanel({ kind: "add" })}>
      <Plus aria-hidden />
      Add User
    </Button>
  );

  return (
    <>
      <PageHeader
        title="Users"
        description="One list of people, kept the same in every connected site."
        actions={<May scope="users:write">{add}</May>}
      />
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search users"
          placeholder="Search name, e-mail or id"
          value={q}
          onSearch={(text) => setFilter({ q: text || null })}
          className="w-full sm:w-72"
        />
        <Select
          label="Status"
          none="Any status"
          value={status}
          options={STATUSES}
          onChange={(value) => setFilter({ status: value })}
          className="w-36"
        />
        <UserCounts />
      </div>
      <Loaded query={users}>
        {({ pages }) => {
          const found = pages.flatMap((page) => page.items);
          if (found.length > 0) {
            return (
              <UsersTable users={found} more={users} onEdit={(user) => setPanel({ kind: "edit", user })} />
            );
          }
          return filtered ? <NobodyFound onClear={() => setFilter(null)} /> : <NobodyYet />;
        }}
      </Loaded>
      {panel.kind !== "closed" && (
        <UserPanel
          user={panel.kind === "edit" ? panel.user : null}
          onClose={() => setPanel({ kind: "closed" })}
        />
      )}
    </>
  );
}

function UserCounts() {
  const { data } = useQuery(overviewQuery);
  if (!data) return null;
  return (
    <p className="ml-auto text-faint tabular-nums">
      {formatNumber(data.users.active)} active · {formatNumber(data.users.inactive)} inactive
    </p>
  );
}

function NobodyYet() {
  const adds = useMay("users:write");
  return (
    <Card>
      <EmptyState icon={Users} title="No users yet">
        {adds ? "Add the first user above." : "An admin can add the first one."} Every connected site receives
        them within seconds.
      </EmptyState>
    </Card>
  );
}

function NobodyFound({ onClear }: { onClear: () => void }) {
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title="No user matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Try a part of the name or of the e-mail address.
      </EmptyState>
    </Card>
  );
}

"use client";

import { useQuery } from "@tanstack/react-query";
import { Download, Plus, Upload } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsBoolean, parseAsString, useQueryStates } from "nuqs";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { Loaded, TableSkeleton } from "@/components/ui/states";
import { usePages } from "@/components/ui/use-pages";
import { exportPath, PAGE_SIZE, userCountQuery, usersQuery } from "@/lib/users/queries";
import { EditUser } from "./edit-user";
import { NobodyFound, NobodyYet } from "./nobody";
import { useUserFilter } from "./use-user-filter";
import { UserFilters } from "./user-filters";
import { rowsOf } from "./user-rows";
import { UsersList } from "./users-list";

// Forms come when they are opened.
const UserPanel = dynamic(() => import("./user-panel").then((file) => file.UserPanel), { ssr: false });

const ImportDialog = dynamic(() => import("./import/import-dialog").then((file) => file.ImportDialog), {
  ssr: false,
});

/** Which panel is open is in the address too. */
const PANELS = {
  add: parseAsBoolean.withDefault(false),
  edit: parseAsString,
  import: parseAsBoolean.withDefault(false),
};

export function UsersView() {
  const state = useUserFilter();
  const [panels, openPanel] = useQueryStates(PANELS);
  const users = usePages(
    (cursor, limit) => usersQuery(state.filter, state.sort, cursor, limit),
    PAGE_SIZE,
    rowsOf,
  );
  const matching = useQuery(userCountQuery(state.filter));
  const close = () => void openPanel(null);
  return (
    <>
      <PageHeader
        title="Users"
        description="One list of people, kept the same in every connected site."
        actions={
          <>
            <Button asChild>
              <a href={exportPath(state.filter, state.sort)} download>
                <Download aria-hidden />
                Export
              </a>
            </Button>
            <May scope="users:write">
              <Button onClick={() => openPanel({ import: true })}>
                <Upload aria-hidden />
                Import
              </Button>
              <Button variant="primary" onClick={() => openPanel({ add: true })}>
                <Plus aria-hidden />
                Add User
              </Button>
            </May>
          </>
        }
      />
      <UserFilters state={state} />
      <Loaded query={users.first} loading={<TableSkeleton />}>
        {({ items }) => {
          if (items.length > 0) {
            return (
              <UsersList
                // Another list begins at its top, with nobody selected.
                key={JSON.stringify(state.filter)}
                users={users}
                state={state}
                matching={matching.data}
                onEdit={(id) => openPanel({ edit: id })}
              />
            );
          }
          return state.filtered ? <NobodyFound onClear={state.clear} /> : <NobodyYet />;
        }}
      </Loaded>
      <May scope="users:write">
        {panels.add && <UserPanel user={null} onClose={close} />}
        {panels.edit !== null && <EditUser key={panels.edit} id={panels.edit} onClose={close} />}
        {panels.import && <ImportDialog onClose={close} />}
      </May>
    </>
  );
}

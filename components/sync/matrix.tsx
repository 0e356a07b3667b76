"use client";

import { useQuery } from "@tanstack/react-query";
import { May } from "@/components/access/may";
import { LoadMore, Td, Th } from "@/components/ui/table";
import { type RowProps, VirtualTable } from "@/components/ui/virtual-table";
import { Person } from "@/components/users/person";
import { userStatesQuery } from "@/lib/runs/queries";
import type { Site } from "@/lib/sites/schema";
import { MatrixCell } from "./matrix-cell";
import { SyncUserButton } from "./sync-user-button";
import type { MatrixRow } from "./use-matrix-rows";

const ROW_HEIGHT = 53;

interface MatrixProps {
  rows: MatrixRow[];
  sites: Site[];
  onOpen: (row: MatrixRow, site: Site) => void;
  more: Parameters<typeof LoadMore>[0]["query"];
}

/** Users against sites. */
export function Matrix({ rows, sites, onOpen, more }: MatrixProps) {
  const header = (
    <>
      <Th className="left-0 z-20 border-r">User</Th>
      {sites.map((site) => (
        <Th key={site.id} className="min-w-32 max-w-56 px-3">
          <span className="block truncate text-ink" title={site.name}>
            {site.name}
          </span>
        </Th>
      ))}
    </>
  );
  return (
    <VirtualTable
      label="Users and sites"
      rows={rows}
      rowKey={(row) => row.id}
      header={header}
      columns={sites.length + 1}
      rowHeight={ROW_HEIGHT}
      footer={<LoadMore query={more} />}
    >
      {(row, props) => (
        <Row key={row.id} row={row} sites={sites} props={props} onOpen={(site) => onOpen(row, site)} />
      )}
    </VirtualTable>
  );
}

interface RowOfMatrixProps {
  row: MatrixRow;
  sites: Site[];
  props: RowProps;
  onOpen: (site: Site) => void;
}

function Row({ row, sites, props, onOpen }: RowOfMatrixProps) {
  const { data: states } = useQuery(userStatesQuery(row.id, row.version));
  const name = row.name ?? row.email ?? row.id;
  return (
    <tr {...props}>
      <Td className="sticky left-0 z-10 w-44 min-w-44 max-w-44 border-r bg-surface sm:w-72 sm:min-w-72 sm:max-w-72">
        <div className="flex items-center justify-between gap-1">
          <Person name={row.name} email={row.email ?? row.id} />
          <May scope="sync:run">
            <SyncUserButton userId={row.id} name={name} side="right" />
          </May>
        </div>
      </Td>
      {sites.map((site) => (
        <MatrixCell
          key={site.id}
          user={name}
          site={site.name}
          state={states && (states.find(({ site_id }) => site_id === site.id) ?? null)}
          onOpen={() => onOpen(site)}
        />
      ))}
    </tr>
  );
}

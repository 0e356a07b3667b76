"use client";

import { Globe, SearchX, Users } from "lucide-react";
import Link from "next/link";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/states";
import type { PeopleFilter } from "@/lib/runs/queries";
import { pairLooks } from "./pair-status";

/** What the matrix says while no site is connected. */
export function NoSites() {
  return (
    <Card>
      <EmptyState
        icon={Globe}
        title="No site connected yet"
        action={
          <May scope="sites:write">
            <Button asChild variant="primary">
              <Link href="/sites?add=true">Add a site first</Link>
            </Button>
          </May>
        }
      >
        Every user is sent to every connected site, and this page shows how that went.
      </EmptyState>
    </Card>
  );
}

interface NoRowsProps {
  filter: PeopleFilter;
  onClear: () => void;
}

/** What the matrix says when there are no users, or none that match. */
export function NoRows({ filter, onClear }: NoRowsProps) {
  if (filter.search === "" && filter.status === null) {
    return (
      <Card>
        <EmptyState
          icon={Users}
          title="No users yet"
          action={
            <May scope="users:write">
              <Button asChild variant="primary">
                <Link href="/users?add=true">Add a user first</Link>
              </Button>
            </May>
          }
        >
          They are sent to every connected site within seconds.
        </EmptyState>
      </Card>
    );
  }
  const what = filter.status
    ? `“${pairLooks[filter.status].word}” at ${filter.siteIds.length > 0 ? "these sites" : "any site"}`
    : "found";
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title={`No user is ${what}`}
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        {filter.search ? `The search was for “${filter.search}”.` : "Nothing is in this state right now."}
      </EmptyState>
    </Card>
  );
}

"use client";

import { useQuery } from "@tanstack/react-query";
import { LogOut, MonitorX } from "lucide-react";
import { roleLooks } from "@/components/access/roles";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/states";
import { sessionQuery } from "@/lib/session/queries";
import { useSignOut } from "./use-sign-out";

/** Who is signed in, and the ways out. */
export function UserMenu({ onSignedOut }: { onSignedOut?: () => void }) {
  const { data: session } = useQuery(sessionQuery);
  const out = useSignOut(onSignedOut);
  if (!session) return <Skeleton className="size-7 rounded-full" />;

  const trigger = (
    <Button variant="ghost" size="icon" aria-label={`Account of ${session.email}`} loading={out.pending}>
      <span
        aria-hidden
        className="grid size-6 place-items-center rounded-full bg-accent-soft font-semibold text-accent-text text-xs uppercase"
      >
        {Array.from(session.email)[0]}
      </span>
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuLabel>
        <span className="block max-w-64 truncate font-medium" title={session.email}>
          {session.email}
        </span>
        <span className="block text-faint text-xs">{roleLooks[session.role].name}</span>
      </MenuLabel>
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden />} onSelect={() => out.start(false)}>
        Sign out
      </MenuItem>
      <MenuItem icon={<MonitorX aria-hidden />} onSelect={() => out.start(true)}>
        Sign out everywhere
      </MenuItem>
    </Menu>
  );
}

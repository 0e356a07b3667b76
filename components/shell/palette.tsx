"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleUser, Globe, Search } from "lucide-react";
import type { Route } from "next";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { healthOf } from "@/components/sites/site-health";
import { CommandDialog, CommandGroup, CommandItem } from "@/components/ui/command";
import { useDebounced } from "@/components/ui/use-debounced";
import type { Page } from "@/lib/http/page";
import { sitesQuery } from "@/lib/sites/queries";
import { findUsersQuery } from "@/lib/users/queries";
import type { User } from "@/lib/users/schema";
import { type CommandList, matches, useCommands } from "./commands";

/** How long typing may pause before users are searched: shorter asks the server at every letter. */
const PAUSE_MS = 150;
const MOST_SITES = 6;

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Goes anywhere and does anything by name. */
export function Palette({ open, onOpenChange }: PaletteProps) {
  const [search, setSearch] = useState("");
  const text = search.trim();
  const lists = useCommands();
  const settled = useDebounced(text, PAUSE_MS);
  const users = useQuery({ ...findUsersQuery(settled), enabled: settled !== "" });
  const waiting = settled !== text || users.isPlaceholderData || users.isPending;

  function change(next: boolean) {
    if (!next) setSearch("");
    onOpenChange(next);
  }
  function choose(run: () => void) {
    change(false);
    run();
  }

  return (
    <CommandDialog
      label="Search and commands"
      placeholder="Find a user, a site or a page, or do something"
      open={open}
      onOpenChange={change}
      search={search}
      onSearch={setSearch}
      empty={waiting ? "Searching…" : `Nothing is called “${text}”.`}
    >
      <Commands lists={lists.filter(({ last }) => !last)} search={text} onChoose={choose} />
      {text && <Sites search={text} onChoose={choose} />}
      {text && <Users search={text} users={users} waiting={waiting} onChoose={choose} />}
      <Commands lists={lists.filter(({ last }) => last)} search={text} onChoose={choose} />
    </CommandDialog>
  );
}

interface FoundProps {
  search: string;
  onChoose: (run: () => void) => void;
}

function Commands({ lists, search, onChoose }: FoundProps & { lists: CommandList[] }) {
  return lists.map(({ heading, commands }) => {
    const found = commands.filter(({ text, words = "" }) => matches(`${text} ${words}`, search));
    if (found.length === 0) return null;
    return (
      <CommandGroup key={heading} heading={heading}>
        {found.map(({ id, text, icon, run }) => (
          <CommandItem key={id} id={id} icon={icon} onSelect={() => onChoose(run)}>
            {text}
          </CommandItem>
        ))}
      </CommandGroup>
    );
  });
}

function Sites({ search, onChoose }: FoundProps) {
  const router = useRouter();
  const { data: sites = [] } = useQuery(sitesQuery);
  const found = sites.filter(({ name, url }) => matches(`${name} ${url}`, search)).slice(0, MOST_SITES);
  if (found.length === 0) return null;
  return (
    <CommandGroup heading="Sites">
      {found.map((site) => (
        <CommandItem
          key={site.id}
          id={site.id}
          icon={Globe}
          aside={healthOf(site).word}
          onSelect={() => onChoose(() => router.push(`/sites/${site.id}` as Route))}
        >
          {site.name}
        </CommandItem>
      ))}
    </CommandGroup>
  );
}

interface UsersProps extends FoundProps {
  users: { data: Page<User> | undefined; error: Error | null };
  /** Whether these are the users of another search. */
  waiting: boolean;
}

function Users({ search, users, waiting, onChoose }: UsersProps) {
  const router = useRouter();
  const all = `/users?q=${encodeURIComponent(search)}` as Route;
  // Not even the way to all of them: it would be chosen before the first user is there, and stay so.
  if (!users.data && !users.error) return null;
  if (!waiting && users.data?.items.length === 0) return null;
  return (
    <CommandGroup heading="Users">
      {users.data?.items.map(({ id, full_name, email, status }) => (
        <CommandItem
          key={id}
          id={`user:${id}`}
          icon={CircleUser}
          aside={status === "inactive" ? "Inactive" : full_name && email}
          onSelect={() => onChoose(() => router.push(`/users/${encodeURIComponent(id)}` as Route))}
        >
          {full_name || email}
        </CommandItem>
      ))}
      {(!users.data || users.data.nextCursor) && (
        <CommandItem id="all-users" icon={Search} onSelect={() => onChoose(() => router.push(all))}>
          {users.error ? users.error.message : `Every user that matches “${search}”`}
        </CommandItem>
      )}
    </CommandGroup>
  );
}

"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronDown, X } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { Loaded } from "@/components/ui/states";
import { Person } from "@/components/users/person";
import { usersQuery } from "@/lib/users/queries";

interface UserFilterProps {
  value: string | null;
  onChange: (userId: string | null) => void;
}

/** Chooses one user out of any number, by searching. */
export function UserFilter({ value, onChange }: UserFilterProps) {
  const [open, setOpen] = useState(false);
  if (value) {
    return (
      <Button
        onClick={() => onChange(null)}
        aria-label={`Show every user, not only ${value}`}
        className="max-w-60"
      >
        <span className="truncate">User {value}</span>
        <X aria-hidden className="text-faint" />
      </Button>
    );
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button className="px-2.5 font-normal text-soft pointer-coarse:text-lg max-sm:justify-between">
          Any user
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Choose a user"
          className="z-50 w-80 max-w-[calc(100vw-1rem)] animate-rise rounded-lg border border-line-strong bg-surface p-2 shadow-float"
        >
          <Choice
            onChoose={(id) => {
              onChange(id);
              setOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choice({ onChoose }: { onChoose: (userId: string) => void }) {
  const [search, setSearch] = useState("");
  const users = useQuery({
    ...usersQuery({ search, status: null }),
    refetchInterval: false,
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <SearchInput
        label="Search users"
        placeholder="Search name, e-mail or id"
        value={search}
        onSearch={setSearch}
      />
      <div className="mt-2 max-h-72 overflow-y-auto">
        <Loaded query={users}>
          {({ items: found }) => {
            if (found.length === 0) return <p className="px-2 py-3 text-soft">No user matches.</p>;
            return (
              <ul>
                {found.map((user) => (
                  <li key={user.id}>
                    <button
                      type="button"
                      onClick={() => onChoose(user.id)}
                      className="w-full rounded-md px-2 py-1.5 text-left hover:bg-hover"
                    >
                      <Person name={user.full_name} email={user.email} />
                    </button>
                  </li>
                ))}
              </ul>
            );
          }}
        </Loaded>
      </div>
    </>
  );
}

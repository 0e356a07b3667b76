"use client";

import { Command } from "cmdk";
import { type LucideIcon, Search } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { useModalFocus } from "./use-modal-focus";

interface CommandDialogProps {
  label: string;
  placeholder: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  search: string;
  onSearch: (text: string) => void;
  /** What is said while nothing matches. */
  empty: ReactNode;
  children: ReactNode;
}

/**
 * A list of commands that one searches and runs with the keyboard. What matches is decided by whoever passes the groups,
 * since some of it comes from a server.
 */
export function CommandDialog({
  label,
  placeholder,
  open,
  onOpenChange,
  search,
  onSearch,
  empty,
  children,
}: CommandDialogProps) {
  const modalFocus = useModalFocus();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-appear bg-black/40 dark:bg-black/60" />
        <Dialog.Content
          {...modalFocus}
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[7dvh] z-50 mx-auto flex max-h-[min(28rem,80dvh)] max-w-xl animate-rise flex-col overflow-hidden rounded-xl border border-line-strong bg-surface shadow-float outline-none sm:top-[14dvh]"
        >
          <Dialog.Title className="sr-only">{label}</Dialog.Title>
          <Command label={label} shouldFilter={false} loop className="flex min-h-0 flex-1 flex-col">
            <div className="flex items-center gap-3 border-b px-4">
              <Search aria-hidden className="size-4 shrink-0 text-faint" />
              <Command.Input
                value={search}
                onValueChange={onSearch}
                placeholder={placeholder}
                className="h-12 w-full min-w-0 bg-transparent text-base outline-none placeholder:text-faint pointer-coarse:text-lg"
              />
            </div>
            <Command.List
              label={label}
              className="min-h-0 flex-1 scroll-py-2 overflow-y-auto overscroll-contain p-2"
            >
              <Command.Empty className="px-3 py-8 text-center text-soft">{empty}</Command.Empty>
              {children}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function CommandGroup({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs"
    >
      {children}
    </Command.Group>
  );
}

interface CommandItemProps {
  /** Tells it from every other one. */
  id: string;
  icon: LucideIcon;
  onSelect: () => void;
  /** At the end of the line, less prominent. */
  aside?: ReactNode;
  children: ReactNode;
}

export function CommandItem({ id, icon: Icon, onSelect, aside, children }: CommandItemProps) {
  return (
    <Command.Item
      value={id}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer select-none items-center gap-3 rounded-md px-2 text-ink data-[selected=true]:bg-hover pointer-coarse:min-h-11"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {aside && <span className="max-w-[45%] truncate text-faint text-xs">{aside}</span>}
    </Command.Item>
  );
}

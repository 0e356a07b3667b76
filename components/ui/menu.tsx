"use client";

import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { createContext, type FocusEvent, type ReactElement, type ReactNode, use, useRef } from "react";
import { cn } from "./cn";

/** Takes what the chosen item does, to be done once the menu is gone. */
const ChooseContext = createContext<(action: () => void) => void>((action) => action());

interface MenuProps {
  trigger: ReactElement;
  /** Open from the start, and by what: with the keyboard one begins at the first item. */
  opened?: "pointer" | "keyboard" | undefined;
  children: ReactNode;
}

/** A menu behind its trigger. */
export function Menu({ trigger, opened, children }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const chosen = useRef<(() => void) | null>(null);
  const byKeyboard = useRef(opened === "keyboard");

  function toFirstItem({ currentTarget, target }: FocusEvent<HTMLElement>) {
    if (!byKeyboard.current || target !== currentTarget) return;
    byKeyboard.current = false;
    currentTarget.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }

  /** The trigger has the focus again before the action starts, so that a dialog can give it back to the trigger. */
  function finish(event: Event) {
    event.preventDefault();
    button.current?.focus();
    chosen.current?.();
    chosen.current = null;
  }

  return (
    <DropdownMenu.Root modal={false} defaultOpen={opened !== undefined}>
      <DropdownMenu.Trigger ref={button} asChild>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          onFocus={toFirstItem}
          onCloseAutoFocus={finish}
          className="z-50 min-w-44 animate-rise rounded-lg border border-line-strong bg-surface p-1 shadow-float"
        >
          <ChooseContext
            value={(action) => {
              chosen.current = action;
            }}
          >
            {children}
          </ChooseContext>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  icon: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  children: ReactNode;
}

export function MenuItem({ icon, onSelect, danger, children }: MenuItemProps) {
  const choose = use(ChooseContext);
  return (
    <DropdownMenu.Item
      onSelect={() => choose(onSelect)}
      className={cn(
        "flex h-8 cursor-pointer select-none items-center gap-2.5 rounded px-2 outline-none data-highlighted:bg-hover pointer-coarse:h-10 [&_svg]:size-4 [&_svg]:shrink-0",
        danger ? "text-bad" : "text-ink [&_svg]:text-faint",
      )}
    >
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

interface MenuCheckProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}

/** One of several that may be on or off; the menu stays open. */
export function MenuCheck({ checked, onChange, children }: MenuCheckProps) {
  return (
    <DropdownMenu.CheckboxItem
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className="flex h-8 cursor-pointer select-none items-center gap-2.5 rounded px-2 text-ink outline-none data-highlighted:bg-hover pointer-coarse:h-10"
    >
      <span className="grid size-4 place-items-center text-accent-text">
        <DropdownMenu.ItemIndicator>
          <Check aria-hidden className="size-4" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

/** Says what the menu is about; it cannot be chosen. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1.5">{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />;
}

"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Button } from "@/components/ui/button";

// Comes with the first use.
const Palette = dynamic(() => import("./palette").then((file) => file.Palette), { ssr: false });

/** Opens the palette, by a click or by Ctrl-K (⌘K on a Mac). */
export function PaletteButton() {
  const [open, setOpen] = useState(false);
  const [used, setUsed] = useState(false);
  if (open && !used) setUsed(true);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      if (event.shiftKey || event.altKey) return;
      event.preventDefault();
      // Not over a dialog: what somebody has typed into it would be lost on another page.
      setOpen((now) => !now && document.querySelector("[role=dialog], [role=alertdialog]") === null);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <>
      <Button
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setOpen(true)}
        className="border-transparent bg-transparent px-0 text-soft shadow-none max-md:w-8 max-md:pointer-coarse:w-10 md:w-52 md:justify-start md:border-line md:bg-sunken md:px-2 md:font-normal md:text-faint"
      >
        <Search aria-hidden />
        <span className="flex-1 text-left max-md:sr-only">
          Search<span className="sr-only"> and commands</span>
        </span>
        <Shortcut />
      </Button>
      {used && <Palette open={open} onOpenChange={setOpen} />}
    </>
  );
}

function subscribe() {
  return () => {};
}

function Shortcut() {
  const mac = useSyncExternalStore(
    subscribe,
    () => /mac|iphone|ipad/i.test(navigator.platform),
    () => false,
  );
  return (
    <kbd
      aria-hidden
      className="hidden min-w-11 rounded border bg-surface px-1.5 text-center font-sans text-faint text-xs md:inline"
    >
      {mac ? "⌘K" : "Ctrl K"}
    </kbd>
  );
}

"use client";

import { Menu } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";

// What dialogs are made of comes when one is opened: every page would load it first otherwise.
const MenuDialog = dynamic(() => import("./menu-dialog").then((file) => file.MenuDialog), { ssr: false });

/** Opens the sidebar on a small screen. */
export function MenuSheet() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="ghost"
        size="icon"
        aria-label="Open menu"
        className="lg:hidden"
        onClick={() => setOpen(true)}
      >
        <Menu aria-hidden />
      </Button>
      {open && <MenuDialog onClose={() => setOpen(false)} />}
    </>
  );
}

"use client";

import { Menu } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody } from "@/components/ui/dialog";
import { Logo } from "./logo";
import { Nav } from "./nav";

/** The sidebar of a small screen. */
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
      <Dialog open={open} onOpenChange={setOpen} side="left" title={<Logo />}>
        <DialogBody>
          <Nav onNavigate={() => setOpen(false)} />
        </DialogBody>
      </Dialog>
    </>
  );
}

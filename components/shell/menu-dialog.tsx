"use client";

import { Dialog, DialogBody } from "@/components/ui/dialog";
import { Logo } from "./logo";
import { Nav } from "./nav";

/** The sidebar of a small screen, over the page. */
export function MenuDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={onClose} side="left" title={<Logo />}>
      <DialogBody>
        <Nav onNavigate={onClose} />
      </DialogBody>
    </Dialog>
  );
}

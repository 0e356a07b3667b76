"use client";

import { Dialog, DialogBody } from "@/components/ui/dialog";
import type { Site } from "@/lib/sites/schema";
import { SiteVerifySection } from "./site-verify";

/** A site's comparison with the list, beside the page. */
export function VerifyDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="right"
      title={`Verify ${site.name}`}
      description="Whether its rows are as the list has them."
    >
      <DialogBody>
        <SiteVerifySection site={site} />
      </DialogBody>
    </Dialog>
  );
}

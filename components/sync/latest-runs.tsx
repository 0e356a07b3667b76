"use client";

import { History } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody } from "@/components/ui/dialog";

// The list comes when it is opened.
const RunList = dynamic(() => import("./run-list").then((file) => file.RunList), { ssr: false });

/** The syncs that were asked for last, whoever asked; choosing one shows it. */
export function LatestRuns({ onShow }: { onShow: (runId: string) => void }) {
  const [open, setOpen] = useState(false);

  function show(runId: string) {
    setOpen(false);
    onShow(runId);
  }

  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <History aria-hidden />
        Latest syncs
      </Button>
      {open && (
        <Dialog
          open
          onOpenChange={setOpen}
          side="right"
          title="Latest syncs"
          description="Of all users, and of single sites after their settings changed."
        >
          <DialogBody>
            <RunList onShow={show} />
          </DialogBody>
        </Dialog>
      )}
    </>
  );
}

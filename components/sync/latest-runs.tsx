"use client";

import { History } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";

// The list comes when it is opened, and what dialogs are made of with it.
const RunsDialog = dynamic(() => import("./runs-dialog").then((file) => file.RunsDialog), { ssr: false });

/** Opens the list of the latest syncs. */
export function LatestRuns({ onShow }: { onShow: (runId: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <History aria-hidden />
        Latest syncs
      </Button>
      {open && <RunsDialog onShow={onShow} onClose={() => setOpen(false)} />}
    </>
  );
}

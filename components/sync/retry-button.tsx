"use client";

import { useMutation } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { Button } from "@/components/ui/button";
import { syncUser } from "@/lib/runs/queries";

/** Sends the user again, to every site; what comes of it shows above the button. */
export function RetryButton({ userId }: { userId: string }) {
  const sync = useMutation(syncUser);
  return (
    <>
      {sync.error && (
        <p role="alert" className="w-full text-bad">
          {sync.error.message}
        </p>
      )}
      <Button variant="primary" loading={sync.isPending} onClick={() => sync.mutate(userId)}>
        {!sync.isPending && <RefreshCw aria-hidden />}
        Sync again
      </Button>
    </>
  );
}

"use client";

import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { RefreshCw, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { retrySync, syncUser } from "@/lib/runs/request-queries";
import type { RetryInput, UserSyncRun } from "@/lib/runs/request-schema";

/** How long it stays said that something was started: the result shows above the button meanwhile. */
const SHOWN_MS = 6_000;

/** Tries again at once what failed; what comes of it shows above the button. */
export function RetryButton({ input }: { input: RetryInput }) {
  const retry = useMutation(retrySync);
  return (
    <ActionButton
      action={retry}
      said="Trying again."
      icon={<RotateCw aria-hidden />}
      onClick={() => retry.mutate(input, { onSuccess: () => setTimeout(retry.reset, SHOWN_MS) })}
    >
      Retry
    </ActionButton>
  );
}

/** Sends the user to this site again; what comes of it shows above the button. */
export function SyncNowButton({ userId, siteId }: { userId: string; siteId: string }) {
  const sync = useMutation(syncUser);
  return (
    <ActionButton
      action={sync}
      said={saidOf(sync.data)}
      icon={<RefreshCw aria-hidden />}
      onClick={() => sync.mutate({ userId, siteId }, { onSuccess: () => setTimeout(sync.reset, SHOWN_MS) })}
    >
      Sync now
    </ActionButton>
  );
}

function saidOf(run: UserSyncRun | undefined): string {
  if (!run?.done) return "On its way: the site has not answered yet.";
  const failed = run.results.some(({ status }) => status === "failed" || status === "retrying");
  return failed ? "Sent, and it failed." : "Sent.";
}

interface ActionButtonProps {
  action: Pick<UseMutationResult, "error" | "isPending" | "isSuccess">;
  said: string;
  icon: ReactNode;
  onClick: () => void;
  children: string;
}

function ActionButton({ action, said, icon, onClick, children }: ActionButtonProps) {
  return (
    <>
      {action.error && (
        <p role="alert" className="w-full text-bad">
          {action.error.message}
        </p>
      )}
      <Button variant="primary" loading={action.isPending} onClick={onClick}>
        {!action.isPending && icon}
        {children}
      </Button>
      <p role="status" className="order-first text-soft empty:hidden">
        {action.isSuccess ? said : null}
      </p>
    </>
  );
}

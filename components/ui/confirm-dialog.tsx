"use client";

import { AlertDialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { FormError } from "./form-error";
import { useModalFocus } from "./use-modal-focus";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** The verb on the button, the same as on the one that led here. */
  action: string;
  /** The way out, where "Cancel" could be taken for the action. */
  dismiss?: string;
  /** `primary` for what does not hurt but is to be thought about. */
  variant?: "danger" | "primary";
  onConfirm: () => void;
  pending: boolean;
  error: Error | null;
  /** Something to choose before, below what is said. */
  choice?: ReactNode;
  children: ReactNode;
}

/** Asks before something that hurts; Cancel has the focus, Esc cancels. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const modalFocus = useModalFocus();
  return (
    <AlertDialog.Root open={props.open} onOpenChange={props.onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 animate-appear bg-black/40 dark:bg-black/60" />
        <AlertDialog.Content
          {...modalFocus}
          className="fixed inset-x-3 bottom-3 z-50 mx-auto flex max-h-[calc(100dvh-1.5rem)] max-w-md animate-rise flex-col rounded-xl border border-line-strong bg-surface shadow-float outline-none sm:top-[min(18dvh,9rem)] sm:bottom-auto sm:max-h-[calc(100dvh-min(18dvh,9rem)-1.5rem)]"
        >
          <div className="min-h-0 space-y-2 overflow-y-auto px-5 py-4">
            <AlertDialog.Title className="break-words font-semibold text-lg tracking-tight">
              {props.title}
            </AlertDialog.Title>
            <AlertDialog.Description asChild>
              <div className="space-y-2 text-soft">{props.children}</div>
            </AlertDialog.Description>
            {props.choice && <div className="pt-2">{props.choice}</div>}
            <FormError error={props.error} />
          </div>
          <footer className="flex shrink-0 flex-wrap justify-end gap-2 border-t px-5 py-3">
            <AlertDialog.Cancel asChild>
              <Button>{props.dismiss ?? "Cancel"}</Button>
            </AlertDialog.Cancel>
            <Button variant={props.variant ?? "danger"} loading={props.pending} onClick={props.onConfirm}>
              {props.action}
            </Button>
          </footer>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

"use client";

import { cva, type VariantProps } from "class-variance-authority";
import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { useModalFocus } from "./use-modal-focus";

const content = cva("fixed z-50 flex flex-col bg-surface shadow-float outline-none", {
  variants: {
    side: {
      center:
        "inset-x-3 bottom-3 mx-auto max-h-[calc(100dvh-1.5rem)] max-w-lg animate-rise rounded-xl border border-line-strong sm:top-[7dvh] sm:bottom-auto sm:max-h-[86dvh]",
      right: "inset-y-0 right-0 w-full max-w-md animate-from-right border-line-strong border-l",
      half: "inset-y-0 right-0 w-full max-w-xl animate-from-right border-line-strong border-l",
      wide: "inset-y-0 right-0 w-full max-w-4xl animate-from-right border-line-strong border-l",
      panel: "inset-y-0 right-0 w-full max-w-lg animate-from-right border-line-strong border-l",
      left: "inset-y-0 left-0 w-72 max-w-[85vw] animate-from-left border-line-strong border-r",
    },
  },
  defaultVariants: { side: "center" },
});

interface DialogProps extends VariantProps<typeof content> {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The page beside it stays in use, and a click there does not close it; it neither keeps the focus nor darkens the page. */
  beside?: boolean;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
}

function stay(event: Event) {
  event.preventDefault();
}

/** A modal in the middle or at a side. It takes the focus, gives it back, and closes with Esc. */
export function Dialog({ open, onOpenChange, beside, title, description, side, children }: DialogProps) {
  const modalFocus = useModalFocus();
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange} modal={!beside}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 animate-appear bg-black/40 dark:bg-black/60" />
        <Primitive.Content
          {...modalFocus}
          {...(beside && { onInteractOutside: stay })}
          className={content({ side })}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="flex items-start gap-4 border-b px-5 py-4">
            <div className="min-w-0 flex-1">
              <Primitive.Title className="truncate font-semibold text-lg tracking-tight">
                {title}
              </Primitive.Title>
              {description && (
                <Primitive.Description className="mt-0.5 break-words text-soft">
                  {description}
                </Primitive.Description>
              )}
            </div>
            <Primitive.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close" className="-mt-1 -mr-2">
                <X aria-hidden />
              </Button>
            </Primitive.Close>
          </header>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

export function DialogBody({ children }: { children: ReactNode }) {
  return <div className="min-h-0 flex-1 space-y-4 overflow-y-auto px-5 py-4">{children}</div>;
}

export function DialogFooter({ children }: { children: ReactNode }) {
  return (
    <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{children}</footer>
  );
}

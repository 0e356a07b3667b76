"use client";

import { useRef } from "react";

/**
 * Handlers that put the focus on a modal's first field, if it has one, and give it back to what had it before. The
 * modals here are opened by state and not by a trigger, so the primitives do not know whom to give it back to.
 */
export function useModalFocus() {
  const opener = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: (event: Event) => {
      // Nobody has it when one modal takes the place of another: the first one's opener stands for both.
      if (document.activeElement !== document.body) opener.current = document.activeElement;
      const field = event.target instanceof HTMLElement ? firstField(event.target) : null;
      if (!field) return;
      event.preventDefault();
      field.focus();
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      const taken = document.activeElement?.closest("[role=dialog], [role=alertdialog]");
      if (!taken && opener.current instanceof HTMLElement) opener.current.focus();
    },
  };
}

/** What somebody came to fill in or to choose: a text field, or the choice that is made now; no checkbox. */
function firstField(modal: HTMLElement): HTMLInputElement | null {
  return modal.querySelector<HTMLInputElement>(
    "input[type=radio]:checked, input:not([type=radio], [type=checkbox])",
  );
}

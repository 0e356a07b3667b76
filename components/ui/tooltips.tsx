"use client";

import { Tooltip } from "radix-ui";
import { useEffect, useState } from "react";

const DELAY_MS = 400;

interface Shown {
  text: string;
  /** Where that stands which it is about. */
  place: { left: number; top: number; width: number; height: number };
}

/**
 * The tooltip of whatever names its text in `data-tooltip`, for the whole page: lists have hundreds of icons, of which one is
 * pointed at.
 */
export function Tooltips() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => followPointer(setShown), []);
  return (
    <Tooltip.Provider>
      <Tooltip.Root open={shown !== null} onOpenChange={(open) => !open && setShown(null)}>
        <Tooltip.Trigger asChild>
          <span aria-hidden className="pointer-events-none fixed" style={shown?.place} />
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            sideOffset={6}
            collisionPadding={8}
            className="pointer-events-none z-50 max-w-64 animate-appear rounded-md bg-ink px-2 py-1 text-canvas text-xs shadow-float"
          >
            {shown?.text}
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}

/** Tells what is pointed at for long enough, or reached with the keyboard, until the answer is called. */
function followPointer(show: (shown: Shown | null) => void): () => void {
  const ending = new AbortController();
  let current: HTMLElement | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = (from: HTMLElement) => {
    if (!from.isConnected) return;
    const { left, top, width, height } = from.getBoundingClientRect();
    show({ text: from.dataset.tooltip ?? "", place: { left, top, width, height } });
  };
  const turnTo = (next: HTMLElement | null, delay: number) => {
    if (next === current) return;
    hide();
    current = next;
    if (next) timer = setTimeout(() => tell(next), delay);
  };
  /** Nothing more is said of what one points at until one has pointed at something else. */
  const hide = () => {
    clearTimeout(timer);
    show(null);
  };
  const on = <Name extends keyof DocumentEventMap>(
    name: Name,
    hear: (event: DocumentEventMap[Name]) => void,
  ) => document.addEventListener(name, hear, { signal: ending.signal, capture: true, passive: true });

  on("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "touch") turnTo(namedBy(target), DELAY_MS);
  });
  on("pointerleave", ({ target }) => target === document && turnTo(null, 0));
  on("focusin", ({ target }) => {
    const named = namedBy(target);
    if (named?.matches(":focus-visible")) turnTo(named, 0);
  });
  on("focusout", () => turnTo(null, 0));
  on("pointerdown", hide);
  on("keydown", ({ key }) => key === "Escape" && hide());
  on("scroll", hide);
  return () => {
    hide();
    ending.abort();
  };
}

function namedBy(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-tooltip]") : null;
}

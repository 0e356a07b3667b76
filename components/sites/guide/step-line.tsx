import { Check } from "lucide-react";
import { cn } from "@/components/ui/cn";
import type { Site } from "@/lib/sites/schema";
import { type GuideStep, STEP_NAMES, STEPS } from "./steps";

interface StepLineProps {
  step: GuideStep;
  kind: Site["kind"];
  /** At first, when the step before has taken the focus with it. */
  takesFocus: boolean;
}

function focus(element: HTMLElement | null) {
  element?.focus();
}

/** Where somebody is on the way of a new site. */
export function StepLine({ step, kind, takesFocus }: StepLineProps) {
  const here = STEPS.indexOf(step);
  return (
    <ol
      aria-label="Steps"
      tabIndex={-1}
      ref={takesFocus ? focus : undefined}
      className="flex shrink-0 gap-2 border-b px-5 py-3 outline-none"
    >
      {STEPS.map((one, index) => {
        const reached = index <= here;
        return (
          <li
            key={one}
            aria-current={one === step ? "step" : undefined}
            className={cn(
              "min-w-0 flex-1 border-t-2 pt-1.5 text-xs",
              reached ? "border-accent" : "border-line-strong",
              one === step ? "font-medium text-ink" : "text-faint",
            )}
          >
            <span className="flex items-center gap-1">
              {index < here && <Check aria-hidden className="size-3 shrink-0 text-accent-text" />}
              <span className="truncate">
                <span className="sr-only">{index < here ? "Done: " : `Step ${index + 1}: `}</span>
                {STEP_NAMES[kind][one]}
              </span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}

"use client";

import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { OUTCOMES, outcomeLooks } from "./outcomes";
import type { Outcome, Preview } from "./preview";

interface OutcomeCountsProps {
  counts: Preview["counts"];
  tense: "before" | "after";
  /** Which ones are shown below; null for all of them. */
  chosen: Outcome | null;
  onChoose: (outcome: Outcome | null) => void;
}

/** How many lines have which outcome; a click shows those only. */
export function OutcomeCounts({ counts, tense, chosen, onChoose }: OutcomeCountsProps) {
  return (
    <fieldset className="grid shrink-0 grid-cols-2 gap-2 sm:grid-cols-4">
      <legend className="sr-only">Show lines</legend>
      {OUTCOMES.map((outcome) => {
        const { icon: Icon, tone, [tense]: text } = outcomeLooks[outcome];
        return (
          <button
            key={outcome}
            type="button"
            aria-pressed={chosen === outcome}
            onClick={() => onChoose(chosen === outcome ? null : outcome)}
            className={cn(
              "rounded-lg border px-3 py-2 text-left hover:bg-hover",
              chosen === outcome && "border-accent bg-accent-soft hover:bg-accent-soft",
            )}
          >
            <span className={cn("flex items-center gap-1.5", toneText[tone])}>
              <Icon aria-hidden className="size-3.5" />
              {text}
            </span>
            <span className="font-semibold text-lg tabular-nums">{formatNumber(counts[outcome])}</span>
          </button>
        );
      })}
    </fieldset>
  );
}

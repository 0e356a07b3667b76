import { CircleX } from "lucide-react";
import type { MappingProblem } from "@/lib/mapping/schema";

/** What has to be put right, one line each. */
export function Problems({ problems, fallback }: { problems: readonly MappingProblem[]; fallback: string }) {
  const lines = problems.length > 0 ? problems.map(({ message }) => message) : [fallback];
  return (
    <ul role="alert" className="space-y-1 text-bad">
      {[...new Set(lines)].map((line) => (
        <li key={line} className="flex gap-2">
          <CircleX aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span className="min-w-0 break-words">{line}</span>
        </li>
      ))}
    </ul>
  );
}

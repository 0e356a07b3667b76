import { ArrowRight, CircleCheck, CircleDashed } from "lucide-react";
import Link from "next/link";
import { totalOf } from "@/components/shell/sync-summary";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import type { Overview } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

/** What to do first, until the first user is in the first site. */
export function FirstSteps({ overview, sites }: { overview: Overview; sites: Site[] }) {
  const landed = totalOf(overview, "synced") > 0;
  if (landed) return null;
  const steps = [
    {
      text: "Add a site",
      hint: "Its name and its URL.",
      href: "/sites?add=true",
      done: sites.length > 0,
    },
    {
      text: "Enter its Supabase credentials",
      hint: "Run the SQL there, then test and save its URL and key.",
      href: "/sites",
      done: sites.some(({ hasCredentials }) => hasCredentials),
    },
    {
      text: "Add a user",
      hint: "A name and an e-mail address are enough.",
      href: "/users?add=true",
      done: overview.users.active + overview.users.inactive > 0,
    },
    { text: "See the user arrive", hint: "It takes less than a second.", href: "/sync", done: landed },
  ] as const;
  const next = steps.find(({ done }) => !done);
  return (
    <Card title="First steps" aside={`${steps.filter(({ done }) => done).length} of ${steps.length} done`}>
      <ol className="divide-y">
        {steps.map((step) => (
          <li key={step.text} className="relative flex items-center gap-3 px-4 py-2.5 hover:bg-sunken">
            {step.done ? (
              <CircleCheck aria-hidden className="size-4.5 shrink-0 text-ok" />
            ) : (
              <CircleDashed
                aria-hidden
                className={cn("size-4.5 shrink-0", step === next ? "text-accent-text" : "text-faint")}
              />
            )}
            <div className="min-w-0 flex-1">
              <Link
                href={step.href}
                className={cn(
                  "font-medium after:absolute after:inset-0",
                  step.done && "text-faint line-through",
                )}
              >
                {step.text}
              </Link>
              {step.done ? (
                <span className="sr-only"> (done)</span>
              ) : (
                <p className="text-soft">{step.hint}</p>
              )}
            </div>
            {step === next && <ArrowRight aria-hidden className="size-4 text-accent-text" />}
          </li>
        ))}
      </ol>
    </Card>
  );
}

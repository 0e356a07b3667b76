import type { ReactNode } from "react";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { ComingTime } from "@/components/ui/relative-time";
import type { Site } from "@/lib/sites/schema";

const TONES = { warn: "bg-warn-soft", bad: "bg-bad-soft", info: "bg-accent-soft" };

interface NoticeProps {
  tone: keyof typeof TONES;
  className?: string | undefined;
  children: ReactNode;
}

/** A coloured ground for what is to be said of a site. */
export function Notice({ tone, className, children }: NoticeProps) {
  return <div className={cn("break-words rounded-md px-3 py-2", TONES[tone], className)}>{children}</div>;
}

/** What is wrong with a site, what to do about it, and when it is tried again. */
export function Trouble({ site }: { site: Site }) {
  return (
    <>
      <p className={cn("font-medium", toneText[site.health === "blocked" ? "bad" : "warn"])}>{site.error}</p>
      {site.advice && <p className="mt-0.5 text-ink">{site.advice}</p>}
      {site.retryAt && (
        <p className="mt-0.5 text-soft">
          Next attempt <ComingTime value={site.retryAt} />
        </p>
      )}
    </>
  );
}

"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { ChevronDown, X } from "lucide-react";
import { useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { IconButton } from "@/components/ui/icon-button";
import { sessionQuery } from "@/lib/session/queries";
import { cancelJob, dismissJob, jobsQuery } from "@/lib/users/job-queries";
import type { UserJob } from "@/lib/users/job-schema";
import { JobIcon } from "./job-icon";
import { JobOrigin } from "./job-origin";
import { JobProgress } from "./job-progress";
import { RefusedLink } from "./refused-link";

/** More would push the page away; what is done can be dismissed. */
const MOST_SHOWN = 3;

/**
 * On every page: changes of many users and imports under way, and what came of one's own until one dismisses it. On a phone
 * the latest one alone, since the page is what one came for.
 */
export function JobsBanner() {
  const { data } = useQuery(jobsQuery);
  const { data: session } = useQuery(sessionQuery);
  const shown = (data?.items ?? []).filter(
    ({ state, requestedBy }) => state === "running" || requestedBy === session?.email,
  );
  const [all, setAll] = useState(false);
  const [first, ...more] = shown.slice(0, MOST_SHOWN);
  if (!first) return null;
  return (
    <div className="max-h-[45dvh] shrink-0 overflow-y-auto">
      <JobLine job={first} />
      {more.map((job) => (
        <JobLine key={job.id} job={job} className={all ? "" : "max-sm:hidden"} />
      ))}
      {more.length > 0 && (
        <button
          type="button"
          aria-expanded={all}
          onClick={() => setAll(!all)}
          className="-outline-offset-2 flex h-10 w-full items-center justify-center gap-1.5 border-b bg-surface font-medium text-soft sm:hidden"
        >
          {all ? "Show less" : `Show ${more.length} more`}
          <ChevronDown aria-hidden className={cn("size-4 transition-transform", all && "rotate-180")} />
        </button>
      )}
    </div>
  );
}

function JobLine({ job, className }: { job: UserJob; className?: string }) {
  const dismiss = useMutation(dismissJob);
  const cancel = useMutation(cancelJob);
  const running = job.state === "running";
  return (
    <section
      aria-label={job.kind === "import" ? "An import" : "A change of several users"}
      className={cn(
        "flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-b bg-surface px-4 py-2 sm:px-6",
        className,
      )}
    >
      <JobIcon state={job.state} />
      <JobProgress job={job} />
      <JobOrigin job={job} className="max-sm:order-2" />
      <RefusedLink job={job} className="max-sm:order-3" />
      {running ? (
        <May scope="users:write">
          <Button className="max-sm:order-1" loading={cancel.isPending} onClick={() => cancel.mutate(job.id)}>
            Stop
          </Button>
        </May>
      ) : (
        <IconButton label="Dismiss" className="max-sm:order-1" onClick={() => dismiss.mutate(job.id)}>
          <X aria-hidden />
        </IconButton>
      )}
    </section>
  );
}

"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { sessionQuery } from "@/lib/session/queries";
import { cancelJob, dismissJob, jobsQuery } from "@/lib/users/bulk";
import type { UserJob } from "@/lib/users/job-schema";
import { JobIcon } from "./job-icon";
import { JobOrigin } from "./job-origin";
import { JobProgress } from "./job-progress";
import { RefusedLink } from "./refused-link";

/** More would push the page away; what is done can be dismissed. */
const MOST_SHOWN = 3;

/** On every page: changes of many users and imports under way, and what came of one's own until one dismisses it. */
export function JobsBanner() {
  const { data } = useQuery(jobsQuery);
  const { data: session } = useQuery(sessionQuery);
  const shown = (data?.items ?? []).filter(
    ({ state, requestedBy }) => state === "running" || requestedBy === session?.email,
  );
  return shown.slice(0, MOST_SHOWN).map((job) => <JobLine key={job.id} job={job} />);
}

function JobLine({ job }: { job: UserJob }) {
  const dismiss = useMutation(dismissJob);
  const cancel = useMutation(cancelJob);
  const running = job.state === "running";
  return (
    <section
      aria-label={job.kind === "import" ? "An import" : "A change of several users"}
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-b bg-surface px-4 py-2 sm:px-6"
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

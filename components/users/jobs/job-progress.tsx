"use client";

import { useQuery } from "@tanstack/react-query";
import { FormError } from "@/components/ui/form-error";
import { Progress } from "@/components/ui/progress";
import { jobsQuery } from "@/lib/users/job-queries";
import type { UserJob } from "@/lib/users/job-schema";
import { isNext, jobText, nextText } from "./job-words";

/** How far a change of many users or an import is, with its bar, and why it does not get on. */
export function JobProgress({ job }: { job: UserJob }) {
  const { data: waits = false } = useQuery({ ...jobsQuery, select: ({ items }) => isNext(job, items) });
  return (
    <div className="min-w-0 flex-1 basis-56 space-y-2">
      <p role="status" className="text-pretty tabular-nums">
        {waits ? nextText(job) : jobText(job)}
      </p>
      {job.state === "running" && (
        <Progress
          label={job.kind === "import" ? "Lines looked at" : "Users looked at"}
          done={job.matched}
          total={job.total}
          className="h-2"
        />
      )}
      {job.error !== null && <FormError error={{ message: reasonOf(job, job.error) }} />}
    </div>
  );
}

function reasonOf({ state }: UserJob, error: string): string {
  return state === "running"
    ? `A step failed and is tried again: ${error}`
    : `What was done stays done. The last step failed ten times: ${error}`;
}

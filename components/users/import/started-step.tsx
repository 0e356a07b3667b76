"use client";

import { useMutation } from "@tanstack/react-query";
import { dismissJob } from "@/lib/users/job-queries";
import { JobPane } from "../jobs/job-pane";
import { useJob } from "../jobs/use-job";

/** How far an import is, and what came of it. */
export function StartedStep({ id, onClose }: { id: string; onClose: () => void }) {
  const { job } = useJob(id);
  const dismiss = useMutation(dismissJob);
  const close = () => {
    // What was seen here need not be told again, unless there is something left to fetch.
    if (job?.state === "done" && job.refused === 0) dismiss.mutate(id);
    onClose();
  };
  return (
    <JobPane
      id={id}
      gone="This import was taken off the list. Choose Import to find it again."
      onClose={close}
    />
  );
}

"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { cancelJob, dismissJob, jobsQuery } from "@/lib/users/bulk";
import { JobIcon } from "../jobs/job-icon";
import { JobProgress } from "../jobs/job-progress";
import { RefusedLink } from "../jobs/refused-link";

/** How far an import is, and what came of it. */
export function StartedStep({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery(jobsQuery);
  const cancel = useMutation(cancelJob);
  const dismiss = useMutation(dismissJob);
  const job = data?.items.find((one) => one.id === id);
  const running = job?.state === "running";
  const close = () => {
    // What was seen here need not be told again, unless there is something left to fetch.
    if (job?.state === "done" && job.refused === 0) dismiss.mutate(id);
    onClose();
  };
  return (
    <>
      <DialogBody>
        {job ? (
          <div className="flex gap-3">
            <JobIcon state={job.state} className="mt-0.5" />
            <JobProgress job={job} />
          </div>
        ) : (
          data && <p role="status">This import was taken off the list. Choose Import to find it again.</p>
        )}
        {running && <p className="text-faint">It goes on by itself: you may close this, and the page.</p>}
        <FormError error={error ?? cancel.error} />
      </DialogBody>
      <DialogFooter>
        {job && <RefusedLink job={job} className="mr-auto" />}
        {running && (
          <Button loading={cancel.isPending} onClick={() => cancel.mutate(id)}>
            Stop
          </Button>
        )}
        <Button variant="primary" onClick={close}>
          Close
        </Button>
      </DialogFooter>
    </>
  );
}

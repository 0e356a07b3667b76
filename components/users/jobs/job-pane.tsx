"use client";

import { useMutation } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { cancelJob } from "@/lib/users/job-queries";
import { JobIcon } from "./job-icon";
import { JobProgress } from "./job-progress";
import { RefusedLink } from "./refused-link";
import { useJob } from "./use-job";

interface JobPaneProps {
  id: string;
  /** What to say when it was taken off the list. */
  gone?: string;
  onClose: () => void;
}

/** A job in a dialog: how far it is, what came of it, and how to stop it. */
export function JobPane({ id, gone, onClose }: JobPaneProps) {
  const { job, isGone, error } = useJob(id);
  const cancel = useMutation(cancelJob);
  const running = job?.state === "running";
  return (
    <>
      <DialogBody>
        {job && (
          <div className="flex gap-3">
            <JobIcon state={job.state} className="mt-0.5" />
            <JobProgress job={job} />
          </div>
        )}
        {isGone && gone && <p role="status">{gone}</p>}
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
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </DialogFooter>
    </>
  );
}

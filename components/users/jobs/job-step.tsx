"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { toast } from "@/components/ui/toast";
import { cancelJob, dismissJob, jobsQuery } from "@/lib/users/bulk";
import { JobProgress } from "./job-progress";
import { jobText } from "./job-words";

/** The last step of a dialog about several users: how far it is. Closes by itself when all is done, and says so. */
export function JobStep({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery(jobsQuery);
  const cancel = useMutation(cancelJob);
  const { mutate: dismiss } = useMutation(dismissJob);
  const job = data?.items.find((one) => one.id === id);
  const running = job?.state === "running";
  const done = job?.state === "done" ? jobText(job) : null;
  useEffect(() => {
    if (done === null) return;
    toast.success(done);
    dismiss(id);
    onClose();
  }, [done, id, dismiss, onClose]);
  return (
    <>
      <DialogBody>
        {job && <JobProgress job={job} />}
        {running && <p className="text-faint">It goes on by itself: you may close this, and the page.</p>}
        <FormError error={error ?? cancel.error} />
      </DialogBody>
      <DialogFooter>
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

"use client";

import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { toast } from "@/components/ui/toast";
import { dismissJob } from "@/lib/users/job-queries";
import { JobPane } from "./job-pane";
import { jobText } from "./job-words";
import { useJob } from "./use-job";

/** The last step of a dialog about several users: how far it is. Closes by itself when all is done, and says so. */
export function JobStep({ id, onClose }: { id: string; onClose: () => void }) {
  const { job } = useJob(id);
  const { mutate: dismiss } = useMutation(dismissJob);
  const done = job?.state === "done" ? jobText(job) : null;
  useEffect(() => {
    if (done === null) return;
    toast.success(done);
    dismiss(id);
    onClose();
  }, [done, id, dismiss, onClose]);
  return <JobPane id={id} onClose={onClose} />;
}

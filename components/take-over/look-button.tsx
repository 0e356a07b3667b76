"use client";

import { useMutation } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { scanSite } from "@/lib/take-over/queries";

/** Has the site's rows read, again when they were before. */
export function LookButton({ siteId, primary }: { siteId: string; primary?: boolean }) {
  const scan = useMutation(scanSite);
  return (
    <Button
      variant={primary ? "primary" : "secondary"}
      className={primary ? undefined : "-my-1 text-ink"}
      loading={scan.isPending}
      onClick={() => scan.mutate({ siteId }, { onError: (error) => toast.error(error.message) })}
    >
      {primary ? "Look at the site's users" : "Look again"}
    </Button>
  );
}

"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { toast } from "@/components/ui/toast";
import type { SiteCounts } from "@/lib/runs/schema";
import { updateSite } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { DisconnectDialog } from "./disconnect-dialog";
import { Notice, Trouble } from "./notice";
import { failingAt } from "./site-list";

interface DisconnectingNoticeProps {
  site: Site;
  counts: SiteCounts | undefined;
  className?: string | undefined;
}

/** How far the removal of a site's users is, what holds it up, and the ways out. */
export function DisconnectingNotice({ site, counts, className }: DisconnectingNoticeProps) {
  const failing = failingAt(counts);
  const left = counts ? counts.synced + counts.pending + failing : null;
  const total = Math.max(site.rowsToRemove ?? 0, left ?? 0);
  const stopped = site.health !== "ok" && site.error !== null;
  return (
    <Notice tone={stopped ? "bad" : "info"} className={cn("space-y-2", className)}>
      <p role="status" className="font-medium tabular-nums">
        {left === null
          ? "Removing its users"
          : `${formatNumber(total - left)} of ${count(total, "user")} removed there`}
      </p>
      <Progress label={`Removed at ${site.name}`} done={total - (left ?? total)} total={total} />
      {stopped ? (
        <div>
          <Trouble site={site} />
          <p className="mt-0.5 text-soft">
            After that the removal goes on. Or disconnect now and leave the rest.
          </p>
        </div>
      ) : (
        <p className="text-soft">
          {failing > 0
            ? `${count(failing, "user")} could not be removed yet. Roster tries again, or disconnect now and leave them.`
            : "When all are removed, the site is disconnected. Keeping it brings them back."}
        </p>
      )}
      <May scope="sites:write">
        <WaysOut site={site} heldUp={stopped || failing > 0} />
      </May>
    </Notice>
  );
}

function WaysOut({ site, heldUp }: { site: Site; heldUp: boolean }) {
  const [asking, setAsking] = useState(false);
  const cancel = useMutation(updateSite);

  function keep() {
    const onError = (error: Error) => toast.error(error.message);
    cancel.mutate({ id: site.id, status: "active" }, { onError });
  }

  return (
    <div className="flex flex-wrap gap-2">
      <Button loading={cancel.isPending} onClick={keep}>
        Keep the site
      </Button>
      {heldUp && <Button onClick={() => setAsking(true)}>Disconnect now</Button>}
      {asking && <DisconnectDialog site={site} onClose={() => setAsking(false)} />}
    </div>
  );
}

"use client";

import { useMutation } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { updateSite } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { sitePath } from "../site-path";
import { Setting } from "./setting";

const STATES: Record<
  Site["status"],
  { value: string; hint: string; action: string; next: "active" | "paused" }
> = {
  active: {
    value: "On",
    hint: "Every change is sent at once.",
    action: "Pause",
    next: "paused",
  },
  paused: {
    value: "Paused",
    hint: "Nothing is sent. What changes meanwhile waits and is sent when it is resumed.",
    action: "Resume",
    next: "active",
  },
  disconnecting: {
    value: "Removing its users",
    hint: "Nobody is written there any more. When none is left, the site is disconnected.",
    action: "Keep the site",
    next: "active",
  },
};

function Waiting({ site }: { site: Site }) {
  return (
    <Setting
      name="Sending users"
      value="Waiting for you"
      hint="The site has users of its own. Nothing is sent before you decide about them."
    >
      <Button asChild>
        <Link href={`${sitePath(site.id)}/take-over` as Route}>Decide</Link>
      </Button>
    </Setting>
  );
}

/** Whether users are sent to a site. */
export function PauseSetting({ site }: { site: Site }) {
  const update = useMutation(updateSite);
  if (site.waitsForTakeOver) return <Waiting site={site} />;
  const { value, hint, action, next } = STATES[site.status];
  const onError = (error: Error) => toast.error(error.message);
  return (
    <Setting name="Sending users" value={value} hint={hint}>
      <May scope="sites:write">
        <Button
          loading={update.isPending}
          onClick={() => update.mutate({ id: site.id, status: next }, { onError })}
        >
          {action}
        </Button>
      </May>
    </Setting>
  );
}

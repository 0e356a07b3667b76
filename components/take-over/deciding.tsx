"use client";

import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Site } from "@/lib/sites/schema";
import type { Group } from "@/lib/take-over/groups";
import type { TakeOver } from "@/lib/take-over/schema";
import { Confirm } from "./confirm";
import { type Decisions, SUGGESTED } from "./decisions";
import { GROUP_ORDER } from "./group-texts";
import { Groups } from "./groups";
import { LookButton } from "./look-button";
import { Rows } from "./rows";

interface DecidingProps {
  site: Site;
  take: TakeOver;
}

/** Whose the site's rows are, and what becomes of them: group by group, or row by row. */
export function Deciding({ site, take }: DecidingProps) {
  const [decisions, setDecisions] = useState<Decisions>(SUGGESTED);
  const present = GROUP_ORDER.filter((group) => take.groups[group] > 0);
  const [chosen, setChosen] = useState<Group | null>(null);
  const writes = useMay("sites:write");
  const shown = chosen ?? present[0];
  // A site that waits goes on by it even without a row; elsewhere there is nothing to take over.
  const canDecide = writes && (take.holds || present.some((group) => group !== "only_here"));
  return (
    <>
      <Card
        title="Users of the site's own"
        aside={
          <span className="flex items-center gap-3">
            <span className="hidden sm:inline">
              {count(take.scanned, "row")} read {take.scannedAt && <RelativeTime value={take.scannedAt} />}
            </span>
            {writes && <LookButton siteId={site.id} />}
          </span>
        }
      >
        <p className="border-b px-4 py-3 text-soft">
          {take.holds
            ? `${site.name} had users when it was connected. Nothing is written there until you have decided what becomes of their rows.`
            : `Rows at ${site.name} that are not Roster's. Nothing changes before you decide.`}
          {take.ours > 0 && ` ${count(take.ours, "row")} ${take.ours === 1 ? "is" : "are"} Roster's already.`}
        </p>
        <Groups
          take={take}
          present={present}
          decisions={decisions}
          shown={shown}
          onShow={setChosen}
          onDecide={setDecisions}
          disabled={!writes}
        />
        {canDecide && <Confirm site={site} take={take} decisions={decisions} />}
      </Card>
      {shown && (
        <Rows
          key={shown}
          siteId={site.id}
          take={take}
          group={shown}
          decisions={decisions}
          onDecide={writes ? setDecisions : null}
        />
      )}
    </>
  );
}

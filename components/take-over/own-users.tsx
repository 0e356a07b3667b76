"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { sitePath } from "@/components/sites/site-path";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { formatNumber } from "@/components/ui/numbers";
import { Loaded } from "@/components/ui/states";
import type { Site } from "@/lib/sites/schema";
import { takeOverQuery } from "@/lib/take-over/queries";
import type { TakeOver } from "@/lib/take-over/schema";
import { GROUP_ORDER, GROUP_TEXTS } from "./group-texts";
import { MovingState } from "./moving";

interface OwnUsersProps {
  site: Site;
  onClose: () => void;
}

/** The step of a new site that has users: how many there are of which kind, and the way to decide about them. */
export function OwnUsers({ site, onClose }: OwnUsersProps) {
  const take = useQuery(takeOverQuery(site.id));
  return (
    <>
      <DialogBody>
        <Loaded query={take}>
          {(state) => (state.state === "ready" ? <Found take={state} /> : <MovingState take={state} />)}
        </Loaded>
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Decide later</Button>
        <Button asChild variant="primary">
          <Link href={`${sitePath(site.id)}/take-over` as Route}>
            Decide
            <ArrowRight aria-hidden />
          </Link>
        </Button>
      </DialogFooter>
    </>
  );
}

function Found({ take }: { take: TakeOver }) {
  return (
    <dl className="divide-y rounded-lg border border-line-strong">
      {GROUP_ORDER.filter((group) => take.groups[group] > 0).map((group) => {
        const { icon: Icon, title, meaning } = GROUP_TEXTS[group];
        return (
          <div key={group} className="flex items-start gap-3 px-3 py-2.5">
            <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
            <dt className="min-w-0 flex-1">
              <span className="block font-medium">{title}</span>
              <span className="block text-soft">{meaning}</span>
            </dt>
            <dd className="shrink-0 font-semibold tabular-nums">{formatNumber(take.groups[group])}</dd>
          </div>
        );
      })}
    </dl>
  );
}

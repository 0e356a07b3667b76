"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { count, formatNumber } from "@/components/ui/numbers";
import { Segmented } from "@/components/ui/segmented";
import { EmptyState, Loaded } from "@/components/ui/states";
import type { Site } from "@/lib/sites/schema";
import { takeOverQuery } from "@/lib/take-over/queries";
import { FINDING_KINDS, type FindingKind } from "@/lib/verify/finding-kinds";
import { findingsQuery } from "@/lib/verify/queries";
import type { Finding, Verification } from "@/lib/verify/schema";
import { FindingRow } from "./finding-row";
import { KIND_TEXTS } from "./kind-texts";
import { RepairAll } from "./repair";

interface FindingsProps {
  site: Site;
  verification: Verification;
}

/** The rows that are not as in the list, a kind at a time, and what can be done about them. */
export function Findings({ site, verification }: FindingsProps) {
  const [chosen, setChosen] = useState<FindingKind | null>(null);
  const kinds = FINDING_KINDS.filter((kind) => verification[kind] > 0);
  const [first] = kinds;
  if (!first) return verification.finishedAt && !verification.error ? <AllEqual /> : null;
  const kind = chosen && kinds.includes(chosen) ? chosen : first;
  return (
    <div>
      <div className="flex flex-wrap items-center justify-between gap-2 border-b px-4 py-2.5">
        <Segmented
          label="What to show"
          value={kind}
          onChange={setChosen}
          options={kinds.map((value) => ({
            value,
            text: `${KIND_TEXTS[value].word} ${formatNumber(verification[value])}`,
          }))}
        />
        <RepairAll site={site} verification={verification} kind={kind} />
      </div>
      <p className="border-b px-4 py-2.5 text-soft">
        {KIND_TEXTS[kind].meaning} {kind === "extra" && <LeftAlone siteId={site.id} />}
      </p>
      <FindingList key={kind} site={site} verification={verification} kind={kind} />
    </div>
  );
}

/** Rows that somebody chose to leave to the site are found like any other row of nobody in the list. */
function LeftAlone({ siteId }: { siteId: string }) {
  const { data: take } = useQuery(takeOverQuery(siteId));
  if (!take?.left) return null;
  return `Among them are those left alone when the site was taken over: ${count(take.left, "row")}.`;
}

function FindingList({ site, verification, kind }: FindingsProps & { kind: FindingKind }) {
  const findings = useInfiniteQuery(findingsQuery(site.id, verification.id, kind));
  if (!verification.listed) return <p className="px-4 py-3 text-soft">The rows are not kept any more.</p>;
  return (
    <Loaded query={findings}>
      {({ pages }) => {
        const items: Finding[] = pages.flatMap((page) => page.items);
        return (
          <>
            <ul className="divide-y">
              {items.map((finding) => (
                <FindingRow key={finding.userId} site={site} verification={verification} finding={finding} />
              ))}
            </ul>
            {findings.hasNextPage && (
              <div className="border-t px-4 py-2.5 text-center">
                <Button loading={findings.isFetchingNextPage} onClick={() => findings.fetchNextPage()}>
                  Show more
                </Button>
              </div>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function AllEqual() {
  return (
    <EmptyState icon={CircleCheck} title="Every row is as in the list">
      Each user was seen at the site with the values Roster has, and nobody else is there.
    </EmptyState>
  );
}

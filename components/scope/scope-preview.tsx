"use client";

import { useQuery } from "@tanstack/react-query";
import { UserMinus, UserPlus, Users } from "lucide-react";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { count, formatNumber } from "@/components/ui/numbers";
import { Loaded } from "@/components/ui/states";
import { scopePreviewQuery } from "@/lib/scope/queries";
import type { ScopePreview as Preview } from "@/lib/scope/schema";
import type { Site } from "@/lib/sites/schema";
import type { Scope } from "@/lib/sync/core/scope";

interface ScopePreviewProps {
  site: Site;
  scope: Scope | null;
  /** It is another than the saved one. */
  changed: boolean;
}

/** How many a scope has, and who would come and go; counted as it is being changed. */
export function ScopePreview({ site, scope, changed }: ScopePreviewProps) {
  const preview = useQuery({ ...scopePreviewQuery(site.id, scope), refetchInterval: 10_000 });
  return (
    <Card
      title="What this means"
      aside={preview.isPlaceholderData ? "Counting…" : changed ? "Nothing is changed yet" : undefined}
    >
      <Loaded query={preview}>{(shown) => <Numbers site={site} preview={shown} />}</Loaded>
    </Card>
  );
}

function Numbers({ site, preview }: { site: Site; preview: Preview }) {
  const { users, inScope, added, removed, addedSample, removedSample } = preview;
  return (
    <div className="divide-y" aria-live="polite">
      <Line
        icon={<Users aria-hidden />}
        text={`${count(inScope, "user")} of ${formatNumber(users)} in scope`}
      />
      <Line
        icon={<UserPlus aria-hidden />}
        text={
          added === 0 ? `Nobody is added at ${site.name}` : `${count(added, "user")} added at ${site.name}`
        }
        people={addedSample}
        more={added - addedSample.length}
      />
      <Line
        icon={<UserMinus aria-hidden />}
        text={
          removed === 0
            ? `Nobody is removed at ${site.name}`
            : `${count(removed, "user")} ${REMOVED[site.removalPolicy]} at ${site.name}`
        }
        people={removedSample}
        more={removed - removedSample.length}
      />
    </div>
  );
}

const REMOVED: Record<Site["removalPolicy"], string> = {
  delete: "removed",
  deactivate: "deactivated",
  keep: "out of scope, whose rows are kept",
};

interface LineProps {
  icon: ReactNode;
  text: string;
  people?: Preview["addedSample"];
  more?: number;
}

function Line({ icon, text, people = [], more = 0 }: LineProps) {
  return (
    <div className="flex gap-3 px-4 py-3">
      <span className="mt-0.5 text-faint [&_svg]:size-4">{icon}</span>
      <div className="min-w-0">
        <p className="font-medium tabular-nums">{text}</p>
        {people.length > 0 && (
          <p className="break-words text-soft">
            {people.map(({ email }) => email).join(", ")}
            {more > 0 && ` and ${formatNumber(more)} more`}
          </p>
        )}
      </div>
    </div>
  );
}

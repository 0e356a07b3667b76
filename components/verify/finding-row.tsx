import { Check, LoaderCircle } from "lucide-react";
import { FieldChanges } from "@/components/ui/field-changes";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Site } from "@/lib/sites/schema";
import type { Finding, Verification } from "@/lib/verify/schema";
import { RepairOne } from "./repair";

interface FindingRowProps {
  site: Site;
  verification: Verification;
  finding: Finding;
}

/** A row that is not as in the list: whose, what differs, and putting it right. */
export function FindingRow({ site, verification, finding }: FindingRowProps) {
  const { userId, email, kind, fields } = finding;
  return (
    <li className="flex items-start gap-x-4 px-4 py-2.5">
      <div className="flex min-w-0 flex-1 flex-wrap items-start gap-x-4 gap-y-1.5">
        <div className="min-w-0 flex-[1_1_14rem]">
          <p className="truncate font-medium" title={email ?? userId}>
            {email ?? userId}
          </p>
          {email && <p className="truncate font-mono text-faint text-xs">{userId}</p>}
        </div>
        {kind === "different" && <FieldChanges fields={fields} />}
      </div>
      <div className="flex min-h-8 shrink-0 items-center">
        <State site={site} verification={verification} finding={finding} />
      </div>
    </li>
  );
}

function State({ site, verification, finding }: FindingRowProps) {
  if (finding.repairedAt) {
    return (
      <span className="flex items-center gap-1.5 text-ok text-xs">
        <Check aria-hidden className="size-3.5" />
        Put right <RelativeTime value={finding.repairedAt} />
      </span>
    );
  }
  if (finding.repairing) {
    return (
      <span className="flex items-center gap-1.5 text-soft text-xs">
        <LoaderCircle aria-hidden className="size-3.5 animate-spin" />
        On its way
      </span>
    );
  }
  return <RepairOne site={site} verification={verification} finding={finding} />;
}

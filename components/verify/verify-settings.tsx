"use client";

import { useMutation } from "@tanstack/react-query";
import { useMay } from "@/components/access/use-may";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Site } from "@/lib/sites/schema";
import { setSiteVerify } from "@/lib/verify/queries";
import type { SiteVerify, VerifySettingsInput } from "@/lib/verify/schema";

const INTERVALS = [
  { value: "never", text: "Only when asked" },
  { value: "15", text: "Every 15 minutes" },
  { value: "60", text: "Every hour" },
  { value: "360", text: "Every 6 hours" },
  { value: "1440", text: "Every day" },
];

const ON_DRIFT = [
  { value: "report", text: "Report only" },
  { value: "repair", text: "The list wins" },
] as const;

/** How often a site is compared by itself, and what is done about what differs. */
export function VerifySettings({ site, state }: { site: Site; state: SiteVerify }) {
  const set = useMutation(setSiteVerify);
  const writes = useMay("sites:write");
  const saved = { everyMinutes: state.everyMinutes, onDrift: state.onDrift };
  // What was chosen is shown while it is on its way.
  const { everyMinutes, onDrift } = set.isPending ? set.variables : saved;
  const every = everyMinutes === null ? "never" : String(everyMinutes);
  const known = INTERVALS.some(({ value }) => value === every);
  const intervals = known ? INTERVALS : [...INTERVALS, { value: every, text: `Every ${every} minutes` }];

  function change(fields: Partial<VerifySettingsInput>) {
    set.mutate({ siteId: site.id, ...saved, ...fields }, { onError: (error) => toast.error(error.message) });
  }

  return (
    <Card title="Schedule">
      <div className="grid gap-4 px-4 py-3.5 sm:grid-cols-2">
        <div>
          <p className="mb-1.5 font-medium">Compare</p>
          <Select
            label="Compare"
            value={every}
            options={intervals}
            disabled={!writes || set.isPending}
            onChange={(value) =>
              change({ everyMinutes: value === null || value === "never" ? null : Number(value) })
            }
          />
          <p className="mt-1 text-faint text-xs">Reads every row of the site; syncing goes on meanwhile.</p>
        </div>
        <div>
          <p className="mb-1.5 font-medium">When rows differ or are missing</p>
          <Select
            label="When rows differ or are missing"
            value={onDrift}
            options={ON_DRIFT}
            disabled={!writes || set.isPending}
            onChange={(value) => value && change({ onDrift: value })}
          />
          <p className="mt-1 text-faint text-xs">
            {onDrift === "repair"
              ? "They are written again as they are found. Extra rows are never removed by themselves."
              : "They are shown as different or missing until somebody repairs them."}
          </p>
        </div>
      </div>
    </Card>
  );
}

import { FieldChanges } from "@/components/ui/field-changes";
import { formatNumber } from "@/components/ui/numbers";
import { PLAN_KINDS, type PlanKind } from "@/lib/plans/kinds";
import type { PlannedSite, PlanSample } from "@/lib/plans/schema";
import { fieldWords, KIND_WORDS, reasonWords, skippedWords } from "./plan-words";

/** Which rows a plan touches at a site: some of each kind, field by field, and why others are left. */
export function PlanSamples({ site }: { site: PlannedSite }) {
  const kinds = PLAN_KINDS.filter((kind) => site[kind] > 0);
  if (kinds.length === 0) return <p className="px-4 py-3 text-soft">Nobody is affected here.</p>;
  return (
    <div className="divide-y">
      {kinds.map((kind) => (
        <Group key={kind} kind={kind} site={site} />
      ))}
    </div>
  );
}

function Group({ kind, site }: { kind: PlanKind; site: PlannedSite }) {
  const samples = site.samples.filter((sample) => sample.kind === kind);
  const words = kind === "update" ? fieldWords(site) : kind === "skip" ? skippedWords(site) : "";
  return (
    <section aria-label={`${KIND_WORDS[kind].group} at ${site.site}`} className="px-4 py-3">
      <h3 className="flex flex-wrap items-baseline gap-x-2 font-medium">
        {KIND_WORDS[kind].group}
        <span className="font-normal text-faint text-xs tabular-nums">
          {formatNumber(site[kind])}
          {words && `: ${words}`}
        </span>
      </h3>
      {samples.length > 0 && (
        <ul className="mt-1.5 divide-y rounded-md border bg-surface">
          {samples.map((sample) => (
            <SampleRow key={sample.userId} sample={sample} />
          ))}
        </ul>
      )}
      {samples.length > 0 && samples.length < site[kind] && kind !== "skip" && (
        <p className="mt-1.5 text-faint text-xs">And {formatNumber(site[kind] - samples.length)} more.</p>
      )}
    </section>
  );
}

function SampleRow({ sample: { email, userId, kind, reason, fields } }: { sample: PlanSample }) {
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1.5 px-3 py-2">
      <div className="min-w-0 flex-[1_1_13rem]">
        <p className="truncate" title={email}>
          {email}
        </p>
        <p className="truncate font-mono text-faint text-xs">{userId}</p>
      </div>
      {kind === "create" ? (
        <p className="min-w-0 flex-[2_1_16rem] break-words text-soft text-xs">{contents(fields)}</p>
      ) : (
        <div className="min-w-0 flex-[2_1_16rem] space-y-0.5">
          {reason && <p className="text-soft text-xs">{sentence(reasonWords(reason))}</p>}
          {fields.length > 0 && <FieldChanges fields={fields} />}
        </div>
      )}
    </li>
  );
}

/** What a new row holds, less what is said already. */
function contents(fields: PlanSample["fields"]): string {
  return fields
    .filter(({ name }) => !["id", "clerk_user_id", "email", "created_at", "updated_at"].includes(name))
    .map(({ name, here }) => `${name} ${here}`)
    .join(" · ");
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

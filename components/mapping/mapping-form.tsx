"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useDeferredValue, useState } from "react";
import { toast } from "sonner";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ApiError } from "@/lib/api-client";
import { columnsQuery, mappingQuery, saveMapping } from "@/lib/mapping/queries";
import type { MappingInput, MappingProblem, SiteMapping } from "@/lib/mapping/schema";
import type { Site } from "@/lib/sites/schema";
import { Arrivals } from "./arrivals";
import { ColumnsEditor } from "./columns-editor";
import { Leaving } from "./leaving";
import { Problems } from "./problems";
import { suggestMapping } from "./suggest";
import { TableChoice } from "./table-choice";

interface MappingFormProps {
  site: Site;
  saved: SiteMapping;
  readOnly: boolean;
}

/** The mapping as it is being changed. Nothing is saved before it was checked against the site. */
export function MappingForm({ site, saved, readOnly }: MappingFormProps) {
  const [draft, setDraft] = useState<MappingInput>(saved);
  const client = useQueryClient();
  const save = useMutation(saveMapping);
  const { mapping } = draft;
  const place = { schema: mapping?.schema ?? "public", table: mapping?.table ?? "" };
  const deferred = useDeferredValue(draft);
  const columns = useQuery({ ...columnsQuery(site.id, place), enabled: mapping !== null });
  const changed = JSON.stringify(draft) !== JSON.stringify(pick(saved));

  function change(next: MappingInput) {
    save.reset();
    setDraft(next);
  }

  async function applied() {
    toast.success(`Applied. Everybody is sent to ${site.name} again.`);
    setDraft(pick(await client.fetchQuery({ ...mappingQuery(site.id), staleTime: 0 })));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(
      { siteId: site.id, ...draft },
      {
        onSuccess: (done) => {
          setDraft(pick(done));
          toast.success(done.runId ? `Saved. Everybody is sent to ${site.name} again.` : "Saved.");
        },
      },
    );
  }

  return (
    <form noValidate onSubmit={submit} className="space-y-4" aria-label={`Mapping of ${site.name}`}>
      <fieldset disabled={readOnly} className="min-w-0 space-y-4">
        <TableChoice
          draft={draft}
          columns={columns}
          onChange={change}
          onTable={(schema, table) =>
            change({ ...draft, mapping: { schema, table, match: "", columns: [] } })
          }
        />
        {mapping && mapping.table !== "" && (
          <>
            <ColumnsEditor
              mapping={mapping}
              removalColumn={draft.removalColumn}
              columns={columns}
              problems={problemsIn(save.error)}
              onChange={(next) => change({ ...draft, mapping: next })}
              onSuggest={(found) => change(suggestMapping(place.schema, place.table, found))}
            />
            <Leaving draft={draft} columns={columns.data?.columns ?? []} onChange={change} />
            {mapping.columns.length > 0 && !readOnly && <Arrivals site={site} draft={deferred} />}
          </>
        )}
      </fieldset>
      {!readOnly && (changed || save.error) && (
        <Card className="sticky bottom-3 z-20 shadow-float">
          <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
            <div className="min-w-0 flex-1 basis-64">
              {save.error ? (
                <Problems problems={problemsIn(save.error)} fallback={save.error.message} />
              ) : (
                <p className="text-soft">{consequence(saved, draft, site.name)}</p>
              )}
            </div>
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => change(pick(saved))}>Discard</Button>
              <PlanButton
                title={`Mapping of ${site.name}`}
                input={() => ({ action: "mapping", siteId: site.id, ...draft })}
                onApplied={applied}
              />
              <Button type="submit" variant="primary" loading={save.isPending}>
                Check and save
              </Button>
            </div>
          </div>
        </Card>
      )}
    </form>
  );
}

function pick({ mapping, removalPolicy, removalColumn }: SiteMapping): MappingInput {
  return { mapping, removalPolicy, removalColumn };
}

function problemsIn(error: Error | null): readonly MappingProblem[] {
  return error instanceof ApiError ? error.errors : [];
}

function consequence(saved: SiteMapping, { mapping }: MappingInput, site: string): string {
  const was = saved.mapping ?? { schema: "public", table: "user_profiles", match: "id" };
  const will = mapping ?? { schema: "public", table: "user_profiles", match: "id" };
  const moves = was.schema !== will.schema || was.table !== will.table;
  return moves
    ? `A test row is written and removed first. Then everybody is written to ${will.table}; rows in ${was.table} stay as they are.`
    : `A test row is written and removed first. Then everybody is sent to ${site} again.`;
}

"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { PlanButton } from "@/components/plans/plan-button";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Choices } from "@/components/ui/choices";
import { saveScope, scopeQuery } from "@/lib/scope/queries";
import type { Site } from "@/lib/sites/schema";
import type { Scope } from "@/lib/sync/core/scope";
import { userFacetsQuery } from "@/lib/users/queries";
import { RuleEditor } from "./rule-editor";
import { isOpen, NEW_TEST } from "./rules";
import { ScopePreview } from "./scope-preview";

const OPTIONS = [
  { value: "everyone", title: "Everyone", aside: "Default", hint: "Every active user, now and later." },
  {
    value: "rules",
    title: "Only some",
    hint: "Users whom rules choose by department, team, role or e-mail domain. Whoever leaves the scope is removed here.",
  },
] as const;

interface ScopeFormProps {
  site: Site;
  saved: Scope | null;
  readOnly: boolean;
}

/** The scope as it is being changed, with what it would mean. */
export function ScopeForm({ site, saved, readOnly }: ScopeFormProps) {
  const [draft, setDraft] = useState(saved);
  const facets = useQuery(userFacetsQuery);
  const client = useQueryClient();
  const save = useMutation(saveScope);
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);
  const open = draft !== null && isOpen(draft);

  function change(next: Scope | null) {
    save.reset();
    setDraft(next);
  }

  async function applied() {
    toast.success(`Applied. ${site.name} is being brought in line.`);
    setDraft((await client.fetchQuery({ ...scopeQuery(site.id), staleTime: 0 })).scope);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (open || !changed) return;
    save.mutate(
      { siteId: site.id, scope: draft },
      { onSuccess: () => toast.success(`Saved. ${site.name} is being brought in line.`) },
    );
  }

  return (
    <form noValidate onSubmit={submit} className="space-y-4" aria-label={`Scope of ${site.name}`}>
      <Card title="Who is synced here">
        <fieldset disabled={readOnly} className="min-w-0 space-y-4 p-4">
          <Choices
            label="Who is synced here"
            value={draft === null ? "everyone" : "rules"}
            options={OPTIONS}
            onChange={(value) => change(value === "everyone" ? null : (saved ?? { all: [NEW_TEST] }))}
          />
          {draft !== null && (
            <RuleEditor rule={asGroup(draft)} place="" depth={0} facets={facets.data} onChange={change} />
          )}
        </fieldset>
        {!readOnly && changed && (
          <footer className="flex flex-wrap items-center justify-between gap-3 border-t px-4 py-3">
            {save.error ? (
              <p role="alert" className="text-bad">
                {save.error.message}
              </p>
            ) : (
              <p className="text-soft">
                {open ? "Choose a value for each rule." : "See below what this would change."}
              </p>
            )}
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => change(saved)}>Discard</Button>
              <PlanButton
                title={`Scope of ${site.name}`}
                input={() => ({ action: "scope", siteId: site.id, scope: draft })}
                disabled={open}
                onApplied={applied}
              />
              <Button type="submit" variant="primary" loading={save.isPending} disabled={open}>
                Save
              </Button>
            </div>
          </footer>
        )}
      </Card>
      {!open && !readOnly && <ScopePreview site={site} scope={draft} changed={changed} />}
    </form>
  );
}

/** The outermost rule, as a group that more can be added to. */
function asGroup(rule: Scope): Scope {
  return "field" in rule || ("not" in rule && "field" in rule.not) ? { all: [rule] } : rule;
}

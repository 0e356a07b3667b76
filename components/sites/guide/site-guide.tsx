"use client";

import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { Dialog } from "@/components/ui/dialog";
import type { Site } from "@/lib/sites/schema";
import { AddStep } from "./add-step";
import { FirstSync } from "./first-sync";
import { StepLine } from "./step-line";
import { type GuideStep, headOf, nextStep } from "./steps";
import { SupabaseSteps } from "./supabase-steps";
import { useGuide } from "./use-guide";
import { WebhookSteps } from "./webhook-steps";

interface SiteGuideProps {
  sites: readonly Site[];
  /** The SQL that prepares a site's database. */
  sql: string;
}

/**
 * The way of a new site, from its name to its first users, beside the list. It may be left at any step: the address says
 * which site it is about, and the site itself how far it is.
 */
export function SiteGuide({ sites, sql }: SiteGuideProps) {
  const guide = useGuide();
  const writes = useMay("sites:write");
  const site = sites.find(({ id }) => id === guide.siteId) ?? null;
  if (!writes || (site === null && !guide.adding)) return null;
  return <Guide site={site} sql={sql} onAdded={guide.setUp} onClose={guide.close} />;
}

interface GuideProps {
  site: Site | null;
  sql: string;
  onAdded: (siteId: string) => void;
  onClose: () => void;
}

interface Place {
  id: string | null;
  step: GuideStep;
  /** Somebody came here from another step: what had the focus is gone. */
  moved: boolean;
}

function Guide({ site, sql, onAdded, onClose }: GuideProps) {
  const id = site?.id ?? null;
  const [at, setAt] = useState<Place>({ id, step: nextStep(site), moved: false });
  const [kind, setKind] = useState<Site["kind"]>("supabase");
  const step = at.id === id ? at.step : nextStep(site);
  if (at.id !== id) setAt({ id, step, moved: false });
  const onStep = (next: GuideStep) => setAt({ id, step: next, moved: true });
  return (
    <Dialog open beside={site !== null} onOpenChange={onClose} side="panel" {...headOf(step, site)}>
      <StepLine key={step} step={step} kind={site?.kind ?? kind} takesFocus={at.moved} />
      {site === null || step === "site" ? (
        <AddStep onKind={setKind} onAdded={(added) => onAdded(added.id)} onClose={onClose} />
      ) : step === "sync" ? (
        <FirstSync site={site} onBack={() => onStep("connect")} onClose={onClose} />
      ) : site.kind === "webhook" ? (
        <WebhookSteps key={id} site={site} onStep={onStep} />
      ) : (
        <SupabaseSteps key={id} site={site} sql={sql} step={step} onStep={onStep} />
      )}
    </Dialog>
  );
}

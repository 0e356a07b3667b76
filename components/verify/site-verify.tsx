"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { ScanSearch } from "lucide-react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import type { Site } from "@/lib/sites/schema";
import { siteVerifyQuery, startVerification, verificationQuery } from "@/lib/verify/queries";
import type { SiteVerify, Verification } from "@/lib/verify/schema";
import { Findings } from "./findings";
import { VerificationResult } from "./verification-result";
import { VerifySettings } from "./verify-settings";

/** Whether a site's rows are as the list has them: compare now, what was found, putting it right, and how often to look. */
export function SiteVerifySection({ site }: { site: Site }) {
  const verify = useQuery({ ...siteVerifyQuery(site.id), enabled: site.kind === "supabase" });
  if (site.kind === "webhook") return <CannotBeRead />;
  return (
    <Loaded query={verify} loading={<TableSkeleton rows={4} />}>
      {(state) => (
        <>
          <Newest site={site} state={state} />
          <VerifySettings site={site} state={state} />
        </>
      )}
    </Loaded>
  );
}

function Newest({ site, state }: { site: Site; state: SiteVerify }) {
  const { runningId, last } = state;
  const running = useQuery({
    ...verificationQuery(site.id, runningId ?? ""),
    enabled: runningId !== null,
  });
  const shown: Verification | null = (runningId !== null && running.data) || last;
  return (
    <Card
      title="Compared with the list"
      aside={shown && <VerifyButton site={site} running={runningId !== null} />}
    >
      {shown ? (
        <>
          <VerificationResult verification={shown} state={state} />
          <Findings key={shown.id} site={site} verification={shown} />
        </>
      ) : (
        <EmptyState
          icon={ScanSearch}
          title={runningId ? "Comparing…" : "Not compared yet"}
          action={<VerifyButton site={site} running={runningId !== null} primary />}
        >
          Roster reads every row of the site and tells which are as in the list, which differ, and which are
          missing or extra. Nothing is changed there.
        </EmptyState>
      )}
    </Card>
  );
}

function VerifyButton({ site, running, primary }: { site: Site; running: boolean; primary?: boolean }) {
  const start = useMutation(startVerification);

  function verify() {
    start.mutate({ siteId: site.id, repair: false }, { onError: (error) => toast.error(error.message) });
  }

  return (
    <May scope="sync:run">
      <Button
        variant={primary ? "primary" : "secondary"}
        loading={running || start.isPending}
        onClick={verify}
        className={primary ? undefined : "-my-1 text-ink"}
      >
        {!running && !start.isPending && <ScanSearch aria-hidden />}
        {running ? "Verifying" : "Verify now"}
      </Button>
    </May>
  );
}

function CannotBeRead() {
  return (
    <Card title="Compared with the list">
      <EmptyState icon={ScanSearch} title="This site cannot be read">
        It takes webhooks: Roster tells it about every user and cannot ask what it has. “Synced” means that it
        answered so.
      </EmptyState>
    </Card>
  );
}

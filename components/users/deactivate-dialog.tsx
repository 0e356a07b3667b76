"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { count, formatNumber } from "@/components/ui/numbers";
import { userStatesQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { deactivateUser } from "@/lib/users/queries";
import type { User } from "@/lib/users/schema";

interface DeactivateDialogProps {
  user: User;
  name: string;
  onClose: () => void;
}

/** Asks before a user leaves, with what that means at each site where they are. */
export function DeactivateDialog({ user, name, onClose }: DeactivateDialogProps) {
  const deactivate = useMutation(deactivateUser);
  const states = useQuery(userStatesQuery(user.id, user.version));
  const sites = useQuery(sitesQuery);
  const there = states.data && sites.data?.filter(({ id }) => isThere(states.data, id));
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Deactivate ${name}?`}
      action="Deactivate"
      pending={deactivate.isPending}
      error={deactivate.error}
      onConfirm={() => deactivate.mutate(user.id, { onSuccess: onClose })}
    >
      {there ? consequences(there) : <p>This user will be removed from every connected site.</p>}
      <p>You can reactivate them later; they then come back to every site.</p>
    </ConfirmDialog>
  );
}

function isThere(states: { site_id: string; status: string; synced_at: string | null }[], siteId: string) {
  return states.some(
    ({ site_id, status, synced_at }) => site_id === siteId && status !== "removed" && synced_at !== null,
  );
}

const POLICIES = [
  { policy: "delete", verb: "removed from" },
  { policy: "deactivate", verb: "marked inactive at" },
  { policy: "keep", verb: "kept as they are at" },
] as const;

function consequences(sites: Site[]) {
  if (sites.length === 0) return <p>This user is at no site yet, so nothing is removed there.</p>;
  const told = sites.filter(({ kind }) => kind === "webhook");
  const written = sites.filter(({ kind }) => kind === "supabase");
  return (
    <>
      {POLICIES.map(({ policy, verb }) => (
        <Consequence
          key={policy}
          verb={verb}
          sites={written.filter(({ removalPolicy }) => removalPolicy === policy)}
        />
      ))}
      <Consequence verb="reported as removed to" sites={told} />
    </>
  );
}

/** More names than these would be a page that nobody reads. */
const MOST_NAMED = 8;

function Consequence({ verb, sites }: { verb: string; sites: Site[] }) {
  if (sites.length === 0) return null;
  const named = sites.length > MOST_NAMED + 1 ? sites.slice(0, MOST_NAMED) : sites;
  const others = sites.length - named.length;
  return (
    <p>
      This user will be {verb} {count(sites.length, "site")}: {named.map(({ name }) => name).join(", ")}
      {others > 0 && ` and ${formatNumber(others)} others`}.
    </p>
  );
}

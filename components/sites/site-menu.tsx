"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Ellipsis, Pause, Pencil, Play, RotateCw, ScrollText, Unplug, UserX } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { useMay } from "@/components/access/use-may";
import { retriedText } from "@/components/sync/retried-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { overviewQuery, retrySync } from "@/lib/runs/queries";
import { disconnectSite, updateSite } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { RemovalDialog } from "./removal-dialog";
import { SiteDialog } from "./site-dialog";

/** What else can be done with a site, behind the three dots of its card. */
export function SiteMenu({ site }: { site: Site }) {
  const [open, setOpen] = useState<"rename" | "removal" | "disconnect" | null>(null);
  const update = useMutation(updateSite);
  const retry = useMutation(retrySync);
  const { data: overview } = useQuery(overviewQuery);
  const writes = useMay("sites:write");
  const runs = useMay("sync:run");
  const router = useRouter();
  const counts = overview?.sites.find(({ siteId }) => siteId === site.id);
  const fails = counts !== undefined && counts.failed + counts.retrying > 0;

  function setStatus(status: "active" | "paused") {
    update.mutate({ id: site.id, status }, { onError: (error) => toast.error(error.message) });
  }

  function startRetry() {
    retry.mutate(
      { siteId: site.id },
      {
        onSuccess: ({ pairs }) => toast.success(retriedText(pairs, [site.name])),
        onError: (error) => toast.error(error.message),
      },
    );
  }

  const busy = update.isPending || retry.isPending;
  const trigger = (
    <Button variant="ghost" size="icon" aria-label={`More for ${site.name}`} loading={busy}>
      <Ellipsis aria-hidden />
    </Button>
  );
  return (
    <>
      <Menu trigger={trigger}>
        {fails && runs && site.status === "active" && (
          <MenuItem icon={<RotateCw aria-hidden />} onSelect={startRetry}>
            Retry what failed
          </MenuItem>
        )}
        {writes && site.status === "active" && (
          <MenuItem icon={<Pause aria-hidden />} onSelect={() => setStatus("paused")}>
            Pause
          </MenuItem>
        )}
        {writes && site.status === "paused" && (
          <MenuItem icon={<Play aria-hidden />} onSelect={() => setStatus("active")}>
            Resume
          </MenuItem>
        )}
        {writes && (
          <MenuItem icon={<Pencil aria-hidden />} onSelect={() => setOpen("rename")}>
            Rename
          </MenuItem>
        )}
        {writes && site.kind === "supabase" && (
          <MenuItem icon={<UserX aria-hidden />} onSelect={() => setOpen("removal")}>
            When a user leaves…
          </MenuItem>
        )}
        <MenuItem icon={<ScrollText aria-hidden />} onSelect={() => router.push(`/log?site=${site.id}`)}>
          Show in the log
        </MenuItem>
        {writes && (
          <MenuItem danger icon={<Unplug aria-hidden />} onSelect={() => setOpen("disconnect")}>
            Disconnect
          </MenuItem>
        )}
      </Menu>
      {open === "rename" && <SiteDialog site={site} onClose={() => setOpen(null)} />}
      {open === "removal" && <RemovalDialog site={site} onClose={() => setOpen(null)} />}
      {open === "disconnect" && <DisconnectDialog site={site} onClose={() => setOpen(null)} />}
    </>
  );
}

function DisconnectDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const disconnect = useMutation(disconnectSite);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Disconnect ${site.name}?`}
      action="Disconnect"
      pending={disconnect.isPending}
      error={disconnect.error}
      onConfirm={() => disconnect.mutate({ id: site.id, rows: "keep" }, { onSuccess: onClose })}
    >
      <p>Roster stops syncing to this site and forgets its credentials.</p>
      <p>The users already in its database stay there, and the log keeps what happened.</p>
    </ConfirmDialog>
  );
}

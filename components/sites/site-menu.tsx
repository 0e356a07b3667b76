"use client";

import { useMutation } from "@tanstack/react-query";
import {
  Ellipsis,
  Pause,
  Pencil,
  Play,
  RotateCw,
  ScanSearch,
  ScrollText,
  ShieldAlert,
  Undo2,
  Unplug,
  UserX,
} from "lucide-react";
import type { Route } from "next";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { GuardDialog } from "@/components/removals/guard-dialog";
import { retriedText } from "@/components/sync/retried-text";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { retrySync } from "@/lib/runs/request-queries";
import type { SiteCounts } from "@/lib/runs/schema";
import { updateSite } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { DisconnectDialog } from "./disconnect-dialog";
import { RemovalDialog } from "./removal-dialog";
import { failingAt } from "./site-list";
import { sitePath } from "./site-path";

// Forms come when they are opened.
const SiteDialog = dynamic(() => import("./site-dialog").then((file) => file.SiteDialog), { ssr: false });

interface SiteMenuProps {
  site: Site;
  counts: SiteCounts | undefined;
  /** What happens when the site is disconnected from here. */
  onGone?: () => void;
}

/** What else can be done with a site, behind the three dots of its card. */
export function SiteMenu({ site, counts, onGone }: SiteMenuProps) {
  const [open, setOpen] = useState<"rename" | "removal" | "guard" | "disconnect" | null>(null);
  const update = useMutation(updateSite);
  const retry = useMutation(retrySync);
  const writes = useMay("sites:write");
  const runs = useMay("sync:run");
  const router = useRouter();
  const close = () => setOpen(null);

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

  const trigger = (
    <Button
      variant="ghost"
      size="icon"
      aria-label={`More for ${site.name}`}
      loading={update.isPending || retry.isPending}
    >
      <Ellipsis aria-hidden />
    </Button>
  );
  return (
    <>
      <Menu trigger={trigger}>
        {failingAt(counts) > 0 && runs && site.status !== "paused" && (
          <MenuItem icon={<RotateCw aria-hidden />} onSelect={startRetry}>
            Retry what failed
          </MenuItem>
        )}
        {writes && !site.waitsForTakeOver && <StatusItem status={site.status} onStatus={setStatus} />}
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
        {writes && (
          <MenuItem icon={<ShieldAlert aria-hidden />} onSelect={() => setOpen("guard")}>
            Removal guard…
          </MenuItem>
        )}
        {site.kind === "supabase" && site.hasCredentials && (
          <MenuItem
            icon={<ScanSearch aria-hidden />}
            onSelect={() => router.push(`${sitePath(site.id)}/verify` as Route)}
          >
            Verify
          </MenuItem>
        )}
        <MenuItem
          icon={<ScrollText aria-hidden />}
          onSelect={() => router.push(`/log?siteId=${site.id}` as Route)}
        >
          Show in the log
        </MenuItem>
        {writes && (
          <MenuItem danger icon={<Unplug aria-hidden />} onSelect={() => setOpen("disconnect")}>
            Disconnect
          </MenuItem>
        )}
      </Menu>
      {open === "rename" && <SiteDialog site={site} onClose={close} />}
      {open === "removal" && <RemovalDialog site={site} onClose={close} />}
      {open === "guard" && <GuardDialog site={site} onClose={close} />}
      {open === "disconnect" && <DisconnectDialog site={site} onClose={close} onGone={onGone} />}
    </>
  );
}

interface StatusItemProps {
  status: Site["status"];
  onStatus: (status: "active" | "paused") => void;
}

function StatusItem({ status, onStatus }: StatusItemProps) {
  switch (status) {
    case "active":
      return (
        <MenuItem icon={<Pause aria-hidden />} onSelect={() => onStatus("paused")}>
          Pause
        </MenuItem>
      );
    case "paused":
      return (
        <MenuItem icon={<Play aria-hidden />} onSelect={() => onStatus("active")}>
          Resume
        </MenuItem>
      );
    case "disconnecting":
      return (
        <MenuItem icon={<Undo2 aria-hidden />} onSelect={() => onStatus("active")}>
          Keep the site
        </MenuItem>
      );
  }
}

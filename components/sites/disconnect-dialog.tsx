"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Choices } from "@/components/ui/choices";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { disconnectSite } from "@/lib/sites/queries";
import type { DisconnectSiteQuery, Site } from "@/lib/sites/schema";
import { SITE_KINDS } from "./site-kind";

type Rows = DisconnectSiteQuery["rows"];

interface DisconnectDialogProps {
  site: Site;
  onClose: () => void;
  /** Called instead when the site is gone at once. */
  onGone?: (() => void) | undefined;
}

/** Asks before a site is disconnected, and what becomes of the users who are there. */
export function DisconnectDialog({ site, onClose, onGone = onClose }: DisconnectDialogProps) {
  const [rows, setRows] = useState<Rows>("keep");
  const disconnect = useMutation(disconnectSite);
  const leaving = site.status === "disconnecting";
  // Without credentials there is nothing Roster could have written.
  const choosable = site.hasCredentials && !leaving;

  function start() {
    disconnect.mutate({ id: site.id, rows }, { onSuccess: rows === "keep" ? onGone : onClose });
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={leaving ? `Disconnect ${site.name} now?` : `Disconnect ${site.name}?`}
      action="Disconnect"
      pending={disconnect.isPending}
      error={disconnect.error}
      onConfirm={start}
      choice={
        choosable && (
          <Choices
            label="Users already there"
            value={rows}
            options={SITE_KINDS[site.kind].leaving}
            onChange={setRows}
          />
        )
      }
    >
      {leaving ? (
        <p>The users who are still there stay, and Roster forgets the site's credentials.</p>
      ) : (
        <p>Roster stops syncing to this site and forgets its credentials. The log keeps what happened.</p>
      )}
      {rows === "remove" && <RemovalHint site={site} />}
    </ConfirmDialog>
  );
}

function RemovalHint({ site }: { site: Site }) {
  if (site.health === "ok") return null;
  return (
    <p className="text-warn">
      Nothing can be removed there now: {site.error} It goes on once that is put right, and you can still
      disconnect at any time.
    </p>
  );
}

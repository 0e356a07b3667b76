"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Site } from "@/lib/sites/schema";
import { DisconnectDialog } from "../disconnect-dialog";
import { RemovalDialog } from "../removal-dialog";
import { SiteCredentials } from "../site-credentials";
import { SITE_KINDS } from "../site-kind";
import { PauseSetting } from "./pause-setting";
import { Setting } from "./setting";
import { WithSite } from "./with-site";

// Forms come when they are opened.
const SiteDialog = dynamic(() => import("../site-dialog").then((file) => file.SiteDialog), { ssr: false });

type Open = "rename" | "credentials" | "removal" | "disconnect" | null;

/** What is set for a site, each with the way to change it. */
export function SiteSettings({ id, sql }: { id: string; sql: string }) {
  return <WithSite id={id}>{(site) => <Settings site={site} sql={sql} />}</WithSite>;
}

function Settings({ site, sql }: { site: Site; sql: string }) {
  const [open, setOpen] = useState<Open>(null);
  const router = useRouter();
  const writes = useMay("sites:write");
  const close = () => setOpen(null);
  return (
    <>
      <Card title="Site">
        <dl className="divide-y">
          <Setting name="Name and URL" value={site.name} hint={site.url}>
            {writes && <Button onClick={() => setOpen("rename")}>Rename</Button>}
          </Setting>
          <Setting name="Kind" value={SITE_KINDS[site.kind].name} hint={SITE_KINDS[site.kind].hint} />
          <CredentialsSetting site={site} onChange={writes ? () => setOpen("credentials") : null} />
        </dl>
      </Card>
      <Card title="Syncing">
        <dl className="divide-y">
          <PauseSetting site={site} />
          <RemovalSetting site={site} onChange={writes ? () => setOpen("removal") : null} />
        </dl>
      </Card>
      {writes && (
        <Card title="Disconnect">
          <dl>
            <Setting
              name="This site"
              value="Stop syncing to it and forget its credentials"
              hint="The users already there stay or are removed first, as you choose. The log keeps what happened."
            >
              <Button className="text-bad" onClick={() => setOpen("disconnect")}>
                Disconnect…
              </Button>
            </Setting>
          </dl>
        </Card>
      )}
      <SiteCredentials site={open === "credentials" ? site : null} sql={sql} onClose={close} />
      {open === "rename" && <SiteDialog site={site} onClose={close} />}
      {open === "removal" && <RemovalDialog site={site} onClose={close} />}
      {open === "disconnect" && (
        <DisconnectDialog site={site} onClose={close} onGone={() => router.push("/sites")} />
      )}
    </>
  );
}

interface ChangeableProps {
  site: Site;
  /** Null for those who may not change it. */
  onChange: (() => void) | null;
}

function CredentialsSetting({ site, onChange }: ChangeableProps) {
  const webhook = site.kind === "webhook";
  const ending = site.keyLastFour && `${webhook ? "Signing secret" : "Key"} ends in ${site.keyLastFour}.`;
  return (
    <Setting
      name={webhook ? "Webhook" : "Supabase credentials"}
      value={site.supabaseUrl ?? site.webhookUrl ?? "None yet"}
      hint={ending ? `${ending} It stays on the server.` : SITE_KINDS[site.kind].missing}
    >
      {onChange && <Button onClick={onChange}>{site.hasCredentials ? "Change…" : "Enter…"}</Button>}
    </Setting>
  );
}

const LEAVES: Record<Site["removalPolicy"], string> = {
  delete: "Their row is deleted",
  deactivate: "Their row is deactivated",
  keep: "Their row is kept",
};

function RemovalSetting({ site, onChange }: ChangeableProps) {
  if (site.kind === "webhook") {
    return (
      <Setting
        name="When a user leaves"
        value="The site is sent user.removed"
        hint="What it does then is up to the site."
      />
    );
  }
  return (
    <Setting
      name="When a user leaves"
      value={LEAVES[site.removalPolicy]}
      hint={
        site.removalColumn
          ? `By the column ${site.removalColumn}.`
          : "For users who are deactivated or deleted in Roster."
      }
    >
      {onChange && <Button onClick={onChange}>Change…</Button>}
    </Setting>
  );
}

"use client";

import { useQuery } from "@tanstack/react-query";
import { BellPlus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { SectionHeader } from "@/components/settings/section-header";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { alertsQuery, channelsQuery } from "@/lib/alerts/queries";
import { AlertList } from "./alert-list";
import { ChannelList } from "./channel-list";

// Forms come when they are opened.
const ChannelDialog = dynamic(() => import("./channel-dialog").then((file) => file.ChannelDialog), {
  ssr: false,
});

/** Where alerts go, what is the matter now and what was. */
export function AlertsView() {
  const [adding, setAdding] = useState(false);
  const channels = useQuery(channelsQuery);
  const alerts = useQuery(alertsQuery);
  const mail = channels.data?.mail ?? true;
  return (
    <div className="grid max-w-5xl gap-5">
      <SectionHeader
        title="Alerts"
        description="Told once when something starts and once when it is over: a blocked site, users failing for 15 minutes, held removals, changes that wait for 10 minutes, no worker."
        action={
          <Button variant="primary" onClick={() => setAdding(true)}>
            <BellPlus aria-hidden />
            Add channel
          </Button>
        }
      />
      <Card title="Channels">
        <Loaded query={channels}>{({ items }) => <ChannelList channels={items} />}</Loaded>
      </Card>
      <Card title="Now">
        <Loaded query={alerts}>
          {(all) => <AlertList alerts={all.filter(({ endedAt }) => endedAt === null)} now />}
        </Loaded>
      </Card>
      <Card title="Earlier">
        <Loaded query={alerts}>
          {(all) => <AlertList alerts={all.filter(({ endedAt }) => endedAt !== null)} />}
        </Loaded>
      </Card>
      {adding && <ChannelDialog mail={mail} onClose={() => setAdding(false)} />}
    </div>
  );
}

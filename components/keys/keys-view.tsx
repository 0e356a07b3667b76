"use client";

import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { SectionHeader } from "@/components/settings/section-header";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded } from "@/components/ui/states";
import { keysQuery } from "@/lib/keys/queries";
import { KeyTable } from "./key-table";

// Forms come when they are opened.
const KeyDialog = dynamic(() => import("./key-dialog").then((file) => file.KeyDialog), { ssr: false });

export function KeysView() {
  const [creating, setCreating] = useState(false);
  const keys = useQuery(keysQuery);
  return (
    <div className="grid max-w-5xl gap-5">
      <SectionHeader
        title="API keys"
        description="For scripts. A key does what its scopes allow, whoever holds it, until it expires or is revoked."
        action={
          <Button variant="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            Create key
          </Button>
        }
      />
      <Card>
        <Loaded query={keys}>{(all) => (all.length > 0 ? <KeyTable keys={all} /> : <NoKeys />)}</Loaded>
      </Card>
      {creating && <KeyDialog onClose={() => setCreating(false)} />}
    </div>
  );
}

function NoKeys() {
  return (
    <EmptyState icon={KeyRound} title="No API keys yet">
      Create the first one above, with no more scopes than its script needs.
    </EmptyState>
  );
}

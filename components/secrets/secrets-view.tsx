"use client";

import { useQuery } from "@tanstack/react-query";
import { SectionHeader } from "@/components/settings/section-header";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Loaded } from "@/components/ui/states";
import { sealingKeysQuery } from "@/lib/secrets/queries";
import { KeyUses } from "./key-uses";
import { RotationNotice } from "./rotation-notice";
import { rotationState } from "./rotation-state";

const MAKE_A_KEY =
  "node -e \"console.log('k2:' + require('node:crypto').randomBytes(32).toString('base64url'))\"";

/** Which keys seal the sites' credentials, and how to replace them. Shows names, never a key. */
export function SecretsView() {
  const keys = useQuery(sealingKeysQuery);
  return (
    <div className="grid max-w-5xl gap-5">
      <SectionHeader
        title="Secrets"
        description="The sites’ credentials are kept sealed. These are the names of the keys that do it; the keys themselves are on the server alone, in ROSTER_SECRET_KEYS."
      />
      <Loaded query={keys}>
        {(all) => (
          <>
            <RotationNotice state={rotationState(all, Date.now())} />
            <Card title="Keys">
              <KeyUses keys={all} />
            </Card>
          </>
        )}
      </Loaded>
      <Card title="Replace the key">
        <ol className="list-decimal space-y-3 p-4 pl-9 text-soft">
          <li className="space-y-2">
            <p>Make one, under a name that is not in use:</p>
            <CodeBlock label="Shell" code={MAKE_A_KEY} copy="Copy" />
          </li>
          <li>
            Put it in front of the others in ROSTER_SECRET_KEYS, separated by a comma, and restart. With
            several servers or workers, put it at the end everywhere first, so that each can open what another
            seals; then in front.
          </li>
          <li className="space-y-2">
            <p>Seal everything again. Sync goes on meanwhile.</p>
            <CodeBlock label="Shell" code="npm run secrets:rotate" copy="Copy" />
          </li>
          <li>
            Take the old key out when this page says that it can go. Keep it with the backups of its time.
          </li>
        </ol>
      </Card>
    </div>
  );
}

"use client";

import { useMutation } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { OneTimeText } from "@/components/ui/one-time-text";
import { testConnection } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { ConnectionReport } from "./connection-checks";

interface NewSecretProps {
  site: Site;
  secret: string;
  /** Another secret was there before. */
  replaced: boolean;
  /** What the button says that goes on. */
  next?: string;
  onClose: () => void;
}

/** A signing secret that was made just now, to be given to the site and tested then. */
export function NewSecret({ site, secret, replaced, next = "Done", onClose }: NewSecretProps) {
  const test = useMutation(testConnection);
  return (
    <>
      <DialogBody>
        <OneTimeText label="Signing secret" text={secret} copy="Copy secret" />
        <p className="text-soft">
          Give it to the site, where the receiver reads it as ROSTER_SIGNING_SECRET. Then test the connection:
          once it works, users are sent.
          {replaced && " The old secret keeps working for 24 hours."}
        </p>
        <FormError error={test.error} />
        <ConnectionReport test={test} kind={site.kind} />
      </DialogBody>
      <DialogFooter>
        <Button onClick={() => test.mutate({ id: site.id })} loading={test.isPending}>
          Test Connection
        </Button>
        <Button variant="primary" onClick={onClose}>
          {next}
        </Button>
      </DialogFooter>
    </>
  );
}

"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { count } from "@/components/ui/numbers";
import { Loaded, Skeleton } from "@/components/ui/states";
import { TextField } from "@/components/ui/text-field";
import { toast } from "@/components/ui/toast";
import { ApiError } from "@/lib/api-client";
import { changeSettings, settingsQuery } from "@/lib/settings/queries";

/** How long the log and the audit log are kept; owners change what can be changed. */
export function Retention() {
  const settings = useQuery(settingsQuery);
  const mayChange = useMay("access:manage");
  return (
    <div className="divide-y">
      <div className="space-y-3 p-4">
        <p className="text-soft">
          The log has a line for every attempt to write a user to a site. What is older than this is deleted
          in whole weeks; the numbers of the activity chart go with it.
        </p>
        <Loaded query={settings} loading={<Skeleton className="h-8 w-48" />}>
          {({ logDays }) =>
            mayChange ? (
              <LogDaysForm logDays={logDays} />
            ) : (
              <p className="font-medium tabular-nums">{count(logDays, "day")}</p>
            )
          }
        </Loaded>
      </div>
      <p className="p-4 text-soft">The audit log, which says who changed what, is kept for ever.</p>
    </div>
  );
}

/** Without the library for forms, which is 40 kB: this is a single number, whose bounds the server explains. */
function LogDaysForm({ logDays }: { logDays: number }) {
  const change = useMutation(changeSettings);
  // What is being typed; somebody else's change does not overwrite it.
  const [typed, setTyped] = useState<string | null>(null);
  const days = Number(typed);
  const said = change.error instanceof ApiError ? change.error.errors[0]?.message : undefined;

  function save(event: FormEvent) {
    event.preventDefault();
    change.mutate(
      { logDays: days },
      {
        onSuccess: () => {
          setTyped(null);
          toast.success(`The log is now kept for ${count(days, "day")}.`);
        },
      },
    );
  }

  return (
    <form noValidate onSubmit={save} className="flex items-start gap-2">
      <TextField
        label="Days the log is kept"
        type="number"
        inputMode="numeric"
        className="w-48"
        value={typed ?? logDays}
        error={said ?? change.error?.message}
        onChange={(event) => {
          change.reset();
          setTyped(event.target.value);
        }}
      />
      <Button
        type="submit"
        disabled={typed === null || days === logDays}
        loading={change.isPending}
        className="mt-6.5"
      >
        Save
      </Button>
    </form>
  );
}

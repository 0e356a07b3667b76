"use client";

import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import dynamic from "next/dynamic";
import { useId, useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { count } from "@/components/ui/numbers";
import { overviewQuery } from "@/lib/runs/queries";
import type { Overview } from "@/lib/runs/schema";

// Rarely needed, and a form.
const AssertDialog = dynamic(() => import("./assert-dialog").then((file) => file.AssertDialog), {
  ssr: false,
});

/** Says that sites have newer rows than the list, and offers what can be done; nothing while there are none. */
export function NewerRows() {
  const { data: overview } = useQuery(overviewQuery);
  // What was known when the dialog was opened: it asks about that, whatever is found meanwhile.
  const [asked, setAsked] = useState<Overview | null>(null);
  const title = useId();
  const rows = overview?.newerRows ?? [];
  return (
    <>
      {overview && rows.length > 0 && (
        <section
          aria-labelledby={title}
          className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2.5 rounded-lg bg-warn-soft px-4 py-3"
        >
          <History aria-hidden className="hidden size-5 shrink-0 text-warn sm:block" />
          <div className="min-w-0 flex-1 basis-72">
            <h2 id={title} className="font-semibold text-warn">
              {headline(rows)}
            </h2>
            <p className="text-pretty break-words text-ink tabular-nums">{rows.map(amountAt).join(" · ")}</p>
            <p className="text-pretty text-soft">
              Either somebody edited them there, or the central database was restored from an older backup.
            </p>
          </div>
          <May scope="sync:run">
            <Button onClick={() => setAsked(overview)}>Make the list win…</Button>
          </May>
        </section>
      )}
      {asked && <AssertDialog overview={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

type NewerRowsAt = Overview["newerRows"][number];

function headline(rows: NewerRowsAt[]): string {
  return rows.length === 1
    ? `${rows[0]?.site} has newer rows than the list`
    : `${rows.length} sites have newer rows than the list`;
}

function amountAt({ site, known, unknown }: NewerRowsAt): string {
  const more = unknown > 0 ? ` and ${count(unknown, "user")} the list does not know` : "";
  return `${count(known, "newer row")} at ${site}${more}`;
}

"use client";

import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import type { Site } from "@/lib/sites/schema";
import { ConnectionReport } from "../connection-checks";
import { CopySql } from "../copy-sql";
import { SupabaseFields } from "../supabase-fields";
import { type SupabaseForm, useSupabaseForm } from "../use-supabase-form";
import type { GuideStep } from "./steps";

interface SupabaseStepsProps {
  site: Site;
  sql: string;
  step: "connect" | "prepare";
  onStep: (step: GuideStep) => void;
}

/** Credentials, and the table when it is missing: two steps of one form, so that the key need not be typed again. */
export function SupabaseSteps({ site, sql, step, onStep }: SupabaseStepsProps) {
  const form = useSupabaseForm(site, () => onStep("sync"));
  const tableMissing =
    !form.test.isPending && form.test.data?.checks.some(({ name, ok }) => name === "table" && ok === false);
  return (
    <form
      noValidate
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        form.startSave();
      }}
    >
      <DialogBody>
        {step === "connect" ? (
          <>
            <SupabaseFields site={site} form={form} />
            <CopySql sql={sql} />
          </>
        ) : (
          <Prepare sql={sql} />
        )}
        <ConnectionReport test={form.test} kind="supabase" />
      </DialogBody>
      <DialogFooter>
        {step === "prepare" && <Button onClick={() => onStep("connect")}>Back</Button>}
        <Actions form={form}>
          {step === "connect" && tableMissing && (
            <Button variant="primary" onClick={() => onStep("prepare")}>
              Make the table
            </Button>
          )}
        </Actions>
      </DialogFooter>
    </form>
  );
}

function Prepare({ sql }: { sql: string }) {
  return (
    <>
      <p className="text-soft">
        In the site's Supabase project, open the SQL Editor, paste this into a new query and run it. It closes
        the table to the public and may be run again. Then test once more.
      </p>
      <CodeBlock label="user_profiles.sql" code={sql} copy="Copy SQL" />
    </>
  );
}

/** What was just made sure of is the thing to go on with: `children`, or saving. */
function Actions({ form, children }: { form: SupabaseForm; children: ReactNode }) {
  const { test, save } = form;
  return (
    <>
      <Button onClick={form.startTest} loading={test.isPending}>
        Test Connection
      </Button>
      <Button type="submit" variant={children ? "secondary" : "primary"} loading={save.isPending}>
        Save Credentials
      </Button>
      {children}
    </>
  );
}

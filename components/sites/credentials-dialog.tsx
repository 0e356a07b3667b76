"use client";

import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import type { Site } from "@/lib/sites/schema";
import { ConnectionReport } from "./connection-checks";
import { CopySql } from "./copy-sql";
import { SupabaseFields } from "./supabase-fields";
import { useSupabaseForm } from "./use-supabase-form";

interface CredentialsDialogProps {
  site: Site;
  /** The SQL that prepares the site's database. */
  sql: string;
  onClose: () => void;
}

/** Where a site's Supabase URL and key are entered, tested and saved. */
export function CredentialsDialog({ site, sql, onClose }: CredentialsDialogProps) {
  const form = useSupabaseForm(site, onClose);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Supabase credentials of ${site.name}`}
      description="From the site's Supabase project: Settings, API Keys."
    >
      <form
        noValidate
        className="flex min-h-0 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          form.startSave();
        }}
      >
        <DialogBody>
          <SupabaseFields site={site} form={form} />
          <CopySql sql={sql} />
          <ConnectionReport test={form.test} kind={site.kind} />
        </DialogBody>
        <DialogFooter>
          <Button onClick={form.startTest} loading={form.test.isPending}>
            Test Connection
          </Button>
          <Button type="submit" variant="primary" loading={form.save.isPending}>
            Save Credentials
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

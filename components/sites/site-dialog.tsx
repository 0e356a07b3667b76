"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useController, useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choices";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { createSite, updateSite } from "@/lib/sites/queries";
import { type CreateSiteInput, createSiteInput, type Site } from "@/lib/sites/schema";
import { SITE_KINDS } from "./site-kind";

interface SiteFields {
  name: string;
  url: string;
  kind?: Site["kind"] | undefined;
}

interface SiteDialogProps {
  /** The site to rename; without one, a site is added. */
  site: Site | null;
  onClose: () => void;
}

/** The name and the address of a site, for adding one and for renaming. */
export function SiteDialog({ site, onClose }: SiteDialogProps) {
  const create = useMutation(createSite);
  const update = useMutation(updateSite);
  const { register, control, handleSubmit, setError, formState } = useForm<
    SiteFields,
    unknown,
    CreateSiteInput
  >({
    resolver: zodResolver(createSiteInput),
    defaultValues: { name: site?.name ?? "", url: site?.url ?? "", kind: site?.kind ?? "supabase" },
  });
  const kind = useController({ control, name: "kind" }).field;
  const { errors } = formState;

  async function save({ name, url, kind }: CreateSiteInput) {
    try {
      await (site ? update.mutateAsync({ id: site.id, name, url }) : create.mutateAsync({ name, url, kind }));
      onClose();
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, ["name", "url"], setError);
    }
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={site ? `Rename ${site.name}` : "Add Site"}
      description={site ? "Its credentials and its users stay as they are." : "Its credentials come next."}
    >
      <form noValidate onSubmit={handleSubmit(save)} className="flex min-h-0 flex-col">
        <DialogBody>
          <TextField
            label="Site name"
            autoComplete="off"
            placeholder="hrms"
            error={errors.name?.message}
            {...register("name")}
          />
          <TextField
            label="Site URL"
            inputMode="url"
            autoComplete="off"
            placeholder="https://hrms.example.com"
            hint="Where people open the site."
            error={errors.url?.message}
            {...register("url")}
          />
          {!site && (
            <Choices
              label="How it receives users"
              value={kind.value ?? "supabase"}
              options={KINDS}
              onChange={kind.onChange}
            />
          )}
          <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" loading={formState.isSubmitting}>
            {site ? "Save Changes" : "Add Site"}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

const KINDS = (["supabase", "webhook"] as const).map((value) => {
  const { name, hint } = SITE_KINDS[value];
  return { value, title: name, hint };
});

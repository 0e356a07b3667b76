"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { showServerErrors } from "@/lib/form-errors";
import { updateSite } from "@/lib/sites/queries";
import { createSiteInput, type Site } from "@/lib/sites/schema";
import { SiteFields } from "./site-fields";

const input = createSiteInput.pick({ name: true, url: true });

/** The name and the address of a site that is there. */
export function SiteDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const update = useMutation(updateSite);
  const { register, handleSubmit, setError, formState } = useForm<z.input<typeof input>>({
    resolver: zodResolver(input),
    defaultValues: { name: site.name, url: site.url },
  });
  const { errors } = formState;

  async function save(fields: z.output<typeof input>) {
    try {
      await update.mutateAsync({ id: site.id, ...fields });
      onClose();
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, ["name", "url"], setError);
    }
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Rename ${site.name}`}
      description="Its credentials and its users stay as they are."
    >
      <form noValidate onSubmit={handleSubmit(save)} className="flex min-h-0 flex-col">
        <DialogBody>
          <SiteFields name={register("name")} url={register("url")} errors={errors} />
          <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" loading={formState.isSubmitting}>
            Save changes
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

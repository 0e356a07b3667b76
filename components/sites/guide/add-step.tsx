"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useController, useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choices";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { showServerErrors } from "@/lib/form-errors";
import { createSite } from "@/lib/sites/queries";
import { type CreateSiteInput, createSiteInput, type Site } from "@/lib/sites/schema";
import { SiteFields } from "../site-fields";
import { SITE_KINDS } from "../site-kind";

interface AddFields {
  name: string;
  url: string;
  kind?: Site["kind"] | undefined;
}

interface AddStepProps {
  onKind: (kind: Site["kind"]) => void;
  onAdded: (site: Site) => void;
  onClose: () => void;
}

/** The first step of a new site: its name, its address and its kind. */
export function AddStep({ onKind, onAdded, onClose }: AddStepProps) {
  const create = useMutation(createSite);
  const { register, control, handleSubmit, setError, formState } = useForm<
    AddFields,
    unknown,
    CreateSiteInput
  >({
    resolver: zodResolver(createSiteInput),
    defaultValues: { name: "", url: "", kind: "supabase" },
  });
  const kind = useController({ control, name: "kind" }).field;
  const { errors } = formState;

  async function save(input: CreateSiteInput) {
    try {
      onAdded(await create.mutateAsync(input));
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, ["name", "url"], setError);
    }
  }

  function choose(next: Site["kind"]) {
    kind.onChange(next);
    onKind(next);
  }

  return (
    <form noValidate onSubmit={handleSubmit(save)} className="flex min-h-0 flex-1 flex-col">
      <DialogBody>
        <SiteFields name={register("name")} url={register("url")} errors={errors} />
        <div className="space-y-1.5">
          <h3 className="font-medium">How it receives users</h3>
          <Choices
            label="How it receives users"
            value={kind.value ?? "supabase"}
            options={KINDS}
            onChange={choose}
          />
        </div>
        <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" loading={formState.isSubmitting}>
          Add Site
        </Button>
      </DialogFooter>
    </form>
  );
}

const KINDS = (["supabase", "webhook"] as const).map((value) => {
  const { name, hint } = SITE_KINDS[value];
  return { value, title: name, hint };
});

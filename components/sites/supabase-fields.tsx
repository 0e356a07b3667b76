import { FormError } from "@/components/ui/form-error";
import { TextField } from "@/components/ui/text-field";
import type { Site } from "@/lib/sites/schema";
import { KeyNotice } from "./key-notice";
import type { SupabaseForm } from "./use-supabase-form";

/** The fields of a site's Supabase credentials, with what their text already tells. */
export function SupabaseFields({ site, form }: { site: Site; form: SupabaseForm }) {
  const { register, control, errors } = form;
  return (
    <>
      <TextField
        label="Supabase URL"
        inputMode="url"
        autoComplete="off"
        placeholder="https://abcdefgh.supabase.co"
        error={errors.supabaseUrl?.message}
        {...register("supabaseUrl")}
      />
      <TextField
        label="Supabase key"
        type="password"
        autoComplete="new-password"
        placeholder="sb_secret_…"
        hint={keyHint(site)}
        error={errors.supabaseKey?.message}
        {...register("supabaseKey")}
      />
      <KeyNotice control={control} />
      <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
    </>
  );
}

function keyHint({ keyLastFour, hasCredentials }: Site): string {
  if (keyLastFour) return `Saved key ends in ${keyLastFour}. It stays on the server.`;
  if (hasCredentials) return "A key is saved. It stays on the server.";
  return "A secret key (sb_secret_… or service_role). It stays on the server.";
}

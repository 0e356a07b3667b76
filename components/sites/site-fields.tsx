import type { FieldError, UseFormRegisterReturn } from "react-hook-form";
import { TextField } from "@/components/ui/text-field";

interface SiteFieldsProps {
  name: UseFormRegisterReturn;
  url: UseFormRegisterReturn;
  errors: { name?: FieldError | undefined; url?: FieldError | undefined };
}

/** The name and the address of a site. */
export function SiteFields({ name, url, errors }: SiteFieldsProps) {
  return (
    <>
      <TextField
        label="Site name"
        autoComplete="off"
        placeholder="hrms"
        error={errors.name?.message}
        {...name}
      />
      <TextField
        label="Site URL"
        inputMode="url"
        autoComplete="off"
        placeholder="https://hrms.example.com"
        hint="Where people open the site."
        error={errors.url?.message}
        {...url}
      />
    </>
  );
}

import type { CheckPerson } from "@/lib/sync/core/person";
import { fieldName } from "@/lib/users/field-names";
import { rowProblem } from "@/lib/users/import-lines";
import { createUserInput } from "@/lib/users/schema";

/** Says why a site's row cannot become a user of the list: what `POST /api/users` would refuse. */
export const checkPerson: CheckPerson = ({ active: _, ...fields }) => {
  if (!fields.email?.trim()) return "The row has no e-mail address.";
  // Whatever else is put into the list without the spaces around it; an id is what it is.
  if (fields.id !== fields.id?.trim()) return "Id: There are spaces around it.";
  const given = Object.entries(fields).map(([field, value]) => [field, value?.trim() || undefined]);
  const parsed = createUserInput.safeParse(Object.fromEntries(given));
  return parsed.success ? null : rowProblem(parsed.error, fieldName);
};

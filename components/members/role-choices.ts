import { roleLooks } from "@/components/access/roles";
import { ROLES } from "@/lib/access/roles";

/** The roles, for a select. */
export const roleOptions = ROLES.map((value) => ({ value, text: roleLooks[value].name }));

/** The roles with a sentence each. */
export const roleChoices = ROLES.map((value) => ({
  value,
  title: roleLooks[value].name,
  hint: roleLooks[value].meaning,
}));

import type { MappedField } from "@/lib/sync/core/mapped-fields";

/** What the fields of a user are called on the page. */
export const FIELD_NAMES: Record<MappedField, string> = {
  id: "User ID",
  clerk_user_id: "Clerk ID",
  email: "E-mail",
  full_name: "Full name",
  role: "Role",
  team: "Team",
  department: "Department",
  created_at: "Created at",
  updated_at: "Updated at",
};

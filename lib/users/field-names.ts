/** The fields of a user that people know and change, in the order in which they are shown. */
export const USER_FIELDS = [
  "full_name",
  "email",
  "role",
  "team",
  "department",
  "status",
  "clerk_user_id",
] as const;

const NAMES: Record<string, string> = {
  id: "Id",
  full_name: "Full name",
  email: "E-mail",
  role: "Role",
  team: "Team",
  department: "Department",
  status: "Status",
  clerk_user_id: "Clerk id",
  created_at: "Added",
  updated_at: "Changed",
} satisfies Record<(typeof USER_FIELDS)[number] | "id" | "created_at" | "updated_at", string>;

/** What a field is called; one that a newer server knows as the server has it. */
export function fieldName(field: string): string {
  return NAMES[field] ?? field;
}

/** A field's value in a sentence. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return "empty";
  return typeof value === "string" ? `“${value}”` : JSON.stringify(value);
}

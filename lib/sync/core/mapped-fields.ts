/** Fields of a central user that a site's column can be filled from. */
export const MAPPED_FIELDS = [
  "id",
  "clerk_user_id",
  "email",
  "full_name",
  "role",
  "team",
  "department",
  "created_at",
  "updated_at",
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

/** What no two users share, so that it can say which row is whose. */
export const UNIQUE_FIELDS = ["id", "email", "clerk_user_id"] as const satisfies MappedField[];

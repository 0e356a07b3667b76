/** The columns that Roster writes, in the order in which they are shown. */
export const ROW_FIELDS = [
  "id",
  "email",
  "full_name",
  "role",
  "team",
  "department",
  "clerk_user_id",
  "created_at",
  "updated_at",
] as const;
export type RowField = (typeof ROW_FIELDS)[number];

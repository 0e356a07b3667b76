/** By what a list of users is sorted; apart from the schemas, so that a page that only names them loads no zod. */
export const USER_SORTS = [
  "created_at",
  "-created_at",
  "updated_at",
  "-updated_at",
  "full_name",
  "-full_name",
  "email",
  "-email",
] as const;

/** What tables of users call the column that says whether somebody is active; the first that is there is taken. */
export const ACTIVE_COLUMNS = ["is_active", "active", "enabled"] as const;

/** For a site whose table has none of them. */
export const ADD_ACTIVE_COLUMN =
  "alter table public.user_profiles add column is_active boolean not null default true;";

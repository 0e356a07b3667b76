/** Most users of a planned bulk edit, and most lines of a planned import: they are written by one transaction. */
export const MOST_PLANNED = 5_000;

/** The groups of rows about which somebody decides. */
export const ROW_GROUPS = ["same_id", "same_email", "same_clerk_id", "only_there", "conflicting"] as const;
/** Those whose rows are one user's, so that all of them can be linked at once. */
export const LINKED_GROUPS = ["same_id", "same_email", "same_clerk_id"] as const;
export type RowGroup = (typeof ROW_GROUPS)[number];
export type Group = RowGroup | "only_here";

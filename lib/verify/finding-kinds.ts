/** What a row of a site may be found to be. */
export const FINDING_KINDS = ["different", "missing", "extra"] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

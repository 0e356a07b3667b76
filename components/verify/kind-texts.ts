import type { FindingKind } from "@/lib/verify/finding-kinds";

interface KindTexts {
  word: string;
  meaning: string;
  /** The verb for one row, and for all of the kind. */
  action: string;
}

/** How each kind of finding is spoken of, everywhere. */
export const KIND_TEXTS: Record<FindingKind, KindTexts> = {
  different: {
    word: "Different",
    meaning:
      "Somebody or something changed these rows at the site. Repairing writes the list's values again.",
    action: "Repair",
  },
  missing: {
    word: "Missing",
    meaning: "These users should be at the site and have no row there. Repairing writes them again.",
    action: "Repair",
  },
  extra: {
    word: "Extra",
    meaning:
      "Rows of nobody who should be there, such as the site's own users. They stay unless you remove them.",
    action: "Remove",
  },
};

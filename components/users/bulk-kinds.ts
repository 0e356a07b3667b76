import type { BulkChange } from "@/lib/users/job-queries";

export type BulkKind = "fields" | "sync" | "deactivate" | "reactivate";

interface BulkLook {
  /** The button's verb. */
  action: string;
  title: (who: string) => string;
  /** What it means for them, in a sentence. */
  meaning: string;
  danger?: true;
  /** What is sent, where there is nothing to fill in. */
  change?: BulkChange;
}

/** What can be done with several users at once, and how it is said. */
export const bulkKinds: Record<BulkKind, BulkLook> = {
  fields: {
    action: "Change",
    title: (who) => `Change ${who}`,
    meaning: "What is not ticked stays as it is. A change goes to every connected site.",
  },
  sync: {
    action: "Sync",
    title: (who) => `Sync ${who}?`,
    meaning: "They are sent to every connected site again, as they are.",
    change: {},
  },
  deactivate: {
    action: "Deactivate",
    title: (who) => `Deactivate ${who}?`,
    meaning:
      "They are removed from every connected site. You can reactivate them later; they then come back.",
    danger: true,
    change: { status: "inactive" },
  },
  reactivate: {
    action: "Reactivate",
    title: (who) => `Reactivate ${who}?`,
    meaning: "They come back to every connected site.",
    change: { status: "active" },
  },
};

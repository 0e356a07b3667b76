import { count } from "@/components/ui/numbers";
import type { BulkChange, BulkProgress } from "@/lib/users/bulk";

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
  doing: string;
  done: (progress: BulkProgress) => string;
}

/** What can be done with several users at once, and how it is said. */
export const bulkKinds: Record<BulkKind, BulkLook> = {
  fields: {
    action: "Change",
    title: (who) => `Change ${who}`,
    meaning: "What is not ticked stays as it is. A change goes to every connected site.",
    doing: "Changing",
    done: (progress) => changedText(progress, "changed"),
  },
  sync: {
    action: "Sync",
    title: (who) => `Sync ${who}?`,
    meaning: "They are sent to every connected site again, as they are.",
    change: {},
    doing: "Starting the sync of",
    done: ({ changed }) => `The sync of ${count(changed, "user")} has started.`,
  },
  deactivate: {
    action: "Deactivate",
    title: (who) => `Deactivate ${who}?`,
    meaning:
      "They are removed from every connected site. You can reactivate them later; they then come back.",
    danger: true,
    change: { status: "inactive" },
    doing: "Deactivating",
    done: (progress) => changedText(progress, "deactivated"),
  },
  reactivate: {
    action: "Reactivate",
    title: (who) => `Reactivate ${who}?`,
    meaning: "They come back to every connected site.",
    change: { status: "active" },
    doing: "Reactivating",
    done: (progress) => changedText(progress, "reactivated"),
  },
};

function changedText({ matched, changed }: BulkProgress, verb: string): string {
  const same = matched - changed;
  const said = `${count(changed, "user")} ${changed === 1 ? "was" : "were"} ${verb}.`;
  return same > 0 ? `${said} ${count(same, "user")} had nothing to change.` : said;
}

import { CircleHelp, Equal, Fingerprint, type LucideIcon, Mail, UserPlus, UserX } from "lucide-react";
import type { Group, RowGroup } from "@/lib/take-over/groups";
import type { TakeOverItem } from "@/lib/take-over/schema";

interface GroupTexts {
  icon: LucideIcon;
  /** Short enough for a tab. */
  word: string;
  title: string;
  meaning: string;
}

/** How each group is spoken of, everywhere. */
export const GROUP_TEXTS: Record<Group, GroupTexts> = {
  same_id: {
    icon: Equal,
    word: "Same id",
    title: "The same id",
    meaning: "The row stands where Roster would put the user.",
  },
  same_email: {
    icon: Mail,
    word: "Same e-mail",
    title: "The same e-mail under another id",
    meaning: "A user's address, in whatever case and with whatever spaces around it.",
  },
  same_clerk_id: {
    icon: Fingerprint,
    word: "Same Clerk id",
    title: "The same Clerk id under another id",
    meaning: "A user's Clerk id, with another address.",
  },
  conflicting: {
    icon: CircleHelp,
    word: "Conflicting",
    title: "Conflicting",
    meaning: "Whose row it is takes a person to say: nothing is done by itself.",
  },
  only_there: {
    icon: UserX,
    word: "Only there",
    title: "Only there",
    meaning: "Rows of nobody in the list.",
  },
  only_here: {
    icon: UserPlus,
    word: "Only here",
    title: "Only here",
    meaning: "Users without a row there. They are added to the site.",
  },
};

/** In the order in which one decides. */
export const GROUP_ORDER: readonly Group[] = [
  "same_id",
  "same_email",
  "same_clerk_id",
  "conflicting",
  "only_there",
  "only_here",
];

/** Why a row is conflicting, in a sentence. */
export const REASONS: Record<NonNullable<TakeOverItem["reason"]>, string> = {
  several_users: "Its values are of several users.",
  several_rows: "This user has several rows there.",
  inactive: "This user is inactive: a linked row would be removed.",
  out_of_scope: "The site's scope leaves this user out: a linked row would be removed.",
  has_row: "This user has another row there already.",
};

export const MATCHES: Record<TakeOverItem["users"][number]["matchedBy"][number], string> = {
  id: "id",
  email: "e-mail",
  clerk_user_id: "Clerk id",
};

/** What can be done with the rows of a group. */
export function canDo(group: RowGroup): "link" | "import" | "choose" {
  if (group === "only_there") return "import";
  return group === "conflicting" ? "choose" : "link";
}

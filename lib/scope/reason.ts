import type { CentreWhy } from "@/lib/scope/schema";

/** Why a user is at a site or not, in a sentence. */
export function reasonFor(why: CentreWhy): string {
  const { userStatus, inScope, status, error } = why;
  if (error !== null) return error;
  if (userStatus === "inactive") {
    return status === "pending"
      ? "The user is inactive and is being removed from the site."
      : `The user is inactive. ${leftText(why)}`;
  }
  if (!inScope) {
    return status === "pending"
      ? "The site's scope leaves this user out; removing is on its way."
      : `The site's scope leaves this user out. ${leftText(why)}`;
  }
  if (why.left && status !== "synced") {
    return "The site has a row of this person, which was left to the site when it was taken over; so Roster sends none.";
  }
  switch (status) {
    case "synced":
      return "The user is active and in the site's scope, and the site has the newest version.";
    case "out_of_scope":
    case "removed":
    case "kept":
      return "The user is in the site's scope again, and is about to be sent there.";
    case "pending":
    case "retrying":
    case "failed":
      return "The user is active and in the site's scope; the newest version is on its way.";
    case "held":
      return "The user left, and the removal waits for somebody to approve or reject it.";
    case "different":
      return "The user is active and in the site's scope, but the site's row has other values by now.";
    case "missing":
      return "The user is active and in the site's scope, but the site has lost the row.";
    case "extra":
      return "The site has a row of this user that the list does not want there.";
  }
}

function leftText({ written, removalPolicy }: CentreWhy): string {
  if (!written) return "The site does not have the row.";
  return removalPolicy === "deactivate"
    ? "The row is still at the site, deactivated."
    : "The row is still at the site.";
}

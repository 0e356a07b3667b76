import type { Role } from "@/lib/access/roles";

const MAY: Record<Role, string> = {
  viewer: "look at users, sites and syncs",
  admin: "manage users, sites and syncs",
  owner: "manage everything, members and API keys included",
};

/** The mail that brings an invitation. Plain text: a link is all there is to it. */
export function invitationMail(invitation: { link: string; role: Role; invitedBy: string }) {
  const { link, role, invitedBy } = invitation;
  return {
    subject: "You are invited to Roster",
    text: [
      `${invitedBy} invites you to Roster as ${role}: you may ${MAY[role]}.`,
      "",
      "Open this link to accept. It works once, for seven days, and for whoever has it, so do not pass it on:",
      "",
      link,
      "",
      "If you did not expect this, leave it alone; nothing happens.",
      "",
    ].join("\n"),
  };
}

import { z } from "zod";
import { ROLES } from "@/lib/access/roles";
import { pageQuery } from "@/lib/http/page";

const role = z.enum(ROLES);

/** Somebody who may use this dashboard. */
const member = z.object({
  id: z.string(),
  email: z.string(),
  role,
  createdAt: z.string(),
  lastSeenAt: z.string().nullable(),
});
export type Member = z.infer<typeof member>;

/** Body of `PATCH /api/members/:id`. */
export const changeRoleInput = z.strictObject({ role });

/** Query of the lists of members and invitations. */
export const listMembersQuery = z.strictObject(pageQuery);
export type ListMembersQuery = z.output<typeof listMembersQuery>;

export const memberParams = z.object({ id: z.uuid("A member's id is a UUID.") });
export const invitationParams = z.object({ id: z.uuid("An invitation's id is a UUID.") });

/** An invitation that can still be accepted. */
const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role,
  expiresAt: z.string(),
  createdAt: z.string(),
  invitedBy: z.string().nullable(),
});
export type Invitation = z.infer<typeof invitation>;

/** Body of `POST /api/invitations`. */
export const inviteInput = z.strictObject({
  email: z
    .string({ error: "Enter an e-mail address." })
    .trim()
    .max(254, "Use at most 254 characters.")
    .pipe(z.email("Enter an e-mail address such as ada@example.com.")),
  role,
});
export type InviteInput = z.output<typeof inviteInput>;

/** Answer of `POST /api/invitations`: the link is shown this once. */
export interface Invited {
  invitation: Invitation;
  link: string;
  mailed: boolean;
}

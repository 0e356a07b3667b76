import { z } from "zod";
import { ROLES } from "@/lib/access/roles";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";
import { email } from "@/lib/users/schema";

const role = z.enum(ROLES);

/** Somebody who may use this dashboard. */
export const member = z
  .object({ id: z.uuid(), email: z.string(), role, createdAt: moment, lastSeenAt: moment.nullable() })
  .meta({ id: "Member", description: "Somebody who may use this dashboard." });
export type Member = z.infer<typeof member>;

/** Answer of `GET /api/members`. */
export const memberPage = pageAnswer(member);

/** Body of `PATCH /api/members/:id`. */
export const changeRoleInput = z.strictObject({ role });

/** Query of the lists of members and invitations. */
export const listMembersQuery = z.strictObject(pageQuery);
export type ListMembersQuery = z.output<typeof listMembersQuery>;

export const memberParams = z.object({ id: z.uuid("A member's id is a UUID.") });
export const invitationParams = z.object({ id: z.uuid("An invitation's id is a UUID.") });

/** An invitation that can still be accepted. */
export const invitation = z
  .object({
    id: z.uuid(),
    email: z.string(),
    role,
    expiresAt: moment,
    createdAt: moment,
    invitedBy: z.string().nullable(),
  })
  .meta({ id: "Invitation", description: "An invitation that can still be accepted." });
export type Invitation = z.infer<typeof invitation>;

/** Answer of `GET /api/invitations`. */
export const invitationPage = pageAnswer(invitation);

/** Body of `POST /api/invitations`. */
export const inviteInput = z.strictObject({
  email,
  role,
});
export type InviteInput = z.output<typeof inviteInput>;

/** Answer of `POST /api/invitations`. */
export const invited = z.object({
  invitation,
  link: z.string().describe("Shown this once."),
  mailed: z.boolean(),
});
export type Invited = z.infer<typeof invited>;

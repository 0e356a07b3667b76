import { z } from "zod";
import { createToken, hashSecret } from "@/lib/access/api-key";
import { dataOf } from "@/lib/centre";
import type { InvitationRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { sendMail } from "@/lib/mail";
import { invitationMail } from "@/lib/members/invitation-mail";
import type { Invitation, Invited, InviteInput, ListMembersQuery } from "@/lib/members/schema";
import { pageOf, readCursor } from "@/lib/paging";

/** Long enough for a holiday; longer, and links lie about in mailboxes. */
const VALID_SECONDS = 7 * 24 * 3600;

/** The invitations that can still be accepted, by e-mail address, of which each has one at most. */
export async function listInvitations(ctx: Context, query: ListMembersQuery): Promise<Page<Invitation>> {
  let invitations = ctx.centre
    .from("invitations")
    .select("id,email,role,invited_by,created_at,expires_at")
    .is("accepted_at", null)
    .is("withdrawn_at", null)
    .gt("expires_at", new Date().toISOString());
  const after = readCursor(query.cursor, z.tuple([z.string()]));
  if (after) invitations = invitations.gt("email", after[0]);
  const rows = dataOf(await invitations.order("email").limit(query.limit + 1));
  return pageOf(rows.map(toInvitation), query.limit, (invitation) => [invitation.email]);
}

/**
 * Invites somebody by a one-time link, which is answered this once, and mailed where mail is set up. Whoever opens it
 * becomes a member; an earlier link for the same address ends. Throws `conflict` when a member has the address.
 */
export async function invite(ctx: Context, { email, role }: InviteInput): Promise<Invited> {
  const token = createToken();
  const row = dataOf(
    await ctx.centre.rpc("invitation_create", {
      email,
      role,
      token_hash: hashSecret(token),
      seconds: VALID_SECONDS,
    }),
  );
  if (!row) {
    const message = "A member has this e-mail address already.";
    throw new AppError("conflict", message, { errors: [{ path: "email", message }] });
  }
  const link = `${ctx.origin}/invite?token=${token}`;
  const mailed = await sendMail(
    { to: email, ...invitationMail({ link, role, invitedBy: row.invited_by }) },
    ctx.log,
  );
  return { invitation: toInvitation(row), link, mailed };
}

/** Ends an open invitation. Throws `not_found`. */
export async function withdrawInvitation(ctx: Context, { id }: { id: string }): Promise<Invitation> {
  const row = dataOf(await ctx.centre.rpc("invitation_withdraw", { invitation_id: id }));
  if (!row) throw new AppError("not_found", "No open invitation has this id.");
  return toInvitation(row);
}

function toInvitation(row: Omit<InvitationRow, "accepted_at" | "withdrawn_at">): Invitation {
  const { id, email, role, invited_by, created_at, expires_at } = row;
  return { id, email, role, expiresAt: expires_at, createdAt: created_at, invitedBy: invited_by };
}

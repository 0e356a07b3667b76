import { createToken, hashSecret } from "@/lib/access/api-key";
import { findMember } from "@/lib/access/authorize";
import { countSignIn } from "@/lib/access/limits";
import type { Account } from "@/lib/access/tokens";
import { type Centre, dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Accepted, AcceptInput, InvitationPreview } from "@/lib/session/schema";
import { signInOrUp } from "@/lib/session/sign-up";

const UNKNOWN_LINK = "This link was used already, has expired, or was withdrawn. Ask for another one.";

/** A way to become a member by a one-time token, of which only the hash leaves this server. */
interface Door {
  isOpen(centre: Centre, tokenHash: string): Promise<boolean>;
  /** Binds the account, once. */
  enter(centre: Centre, binding: { token_hash: string; account: string; email: string }): Promise<Entered>;
}
type Entered = "accepted" | "already_member" | "unknown";

const SETUP: Door = {
  isOpen: async (centre, token_hash) => dataOf(await centre.rpc("setup_token_valid", { token_hash })),
  enter: async (centre, binding) =>
    dataOf(await centre.rpc("setup_accept", binding)) ? "accepted" : "unknown",
};

const INVITATION: Door = {
  isOpen: async (centre, token_hash) => dataOf(await centre.rpc("invitation_of", { token_hash })) !== null,
  enter: async (centre, binding) => dataOf(await centre.rpc("invitation_accept", binding)),
};

/** Makes the first owner by the token in the server's log. Throws what `join` throws. */
export function acceptSetup(ctx: Context, input: AcceptInput): Promise<Response> {
  return join(ctx, SETUP, input);
}

/** Makes a member of whoever has an invitation's link. Throws what `join` throws. */
export function acceptInvitation(ctx: Context, input: AcceptInput): Promise<Response> {
  return join(ctx, INVITATION, input);
}

/** What an invitation is for, to whoever has its link. Throws `not_found`. */
export async function previewInvitation(
  ctx: Context,
  { token }: { token: string },
): Promise<InvitationPreview> {
  const row = dataOf(await ctx.centre.rpc("invitation_of", { token_hash: hashSecret(token) }));
  if (!row) throw new AppError("not_found", UNKNOWN_LINK);
  return { email: row.email, role: row.role, expiresAt: row.expires_at };
}

/**
 * Binds an account by a one-time token. Throws `not_found` for the token, `unauthorized`, `conflict` for somebody who is
 * a member already, `rate_limited`, and what signing up throws. 202 when the e-mail address has to be confirmed first.
 */
async function join(ctx: Context, door: Door, { token, email, password }: AcceptInput): Promise<Response> {
  const tokenHash = hashSecret(token);
  // First, or anybody could make accounts here.
  if (!(await door.isOpen(ctx.centre, tokenHash))) throw new AppError("not_found", UNKNOWN_LINK);
  const account =
    email !== undefined && password !== undefined
      ? await withPassword(ctx, { email, password })
      : await alreadySignedIn(ctx);
  if (!account) return answer({ confirmEmail: true }, 202);
  const actor = { kind: "member", id: account.id, name: account.email, role: "viewer" } as const;
  const entered = await door.enter(ctx.centreAs(actor), {
    token_hash: tokenHash,
    account: account.id,
    email: account.email,
  });
  if (entered === "unknown") throw new AppError("not_found", UNKNOWN_LINK);
  if (entered === "already_member") {
    throw new AppError(
      "conflict",
      `${account.email} is a member already. Sign in as somebody else, or just go on.`,
    );
  }
  return answer({ member: true }, 200);
}

async function withPassword(ctx: Context, credentials: { email: string; password: string }) {
  const forgive = await countSignIn(ctx.centre, { email: credentials.email, address: ctx.address });
  const account = await signInOrUp(ctx.session, credentials);
  await forgive();
  return account;
}

async function alreadySignedIn(ctx: Context): Promise<Account> {
  const account = await ctx.session.account();
  if (account && (await findMember(ctx.centre, account)).state !== "ended") return account;
  throw new AppError("unauthorized", "Nobody is signed in here. Enter your e-mail address and a password.");
}

function answer(accepted: Accepted, status: 200 | 202): Response {
  return Response.json(accepted, { status });
}

/** A new setup token would lie in a log for as long as this. */
const SETUP_SECONDS = 24 * 3600;

/** Makes a token for the first owner's link; null when there is an owner. */
export async function createSetupToken(centre: Centre): Promise<string | null> {
  const token = createToken();
  const added = dataOf(
    await centre.rpc("setup_token_add", { token_hash: hashSecret(token), seconds: SETUP_SECONDS }),
  );
  return added ? token : null;
}

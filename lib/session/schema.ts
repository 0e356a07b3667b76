import { z } from "zod";
import { ROLES } from "@/lib/access/roles";
import { moment } from "@/lib/http/time";

const email = z
  .string({ error: "Enter your e-mail address." })
  .trim()
  .min(1, "Enter your e-mail address.")
  .max(254, "Use at most 254 characters.")
  .pipe(z.email("Enter an e-mail address such as ada@example.com."))
  .meta({ format: "email" });

const password = z
  .string({ error: "Enter your password." })
  .min(1, "Enter your password.")
  .max(200, "Use at most 200 characters.");

/** Answer of `GET /api/session`: who is signed in. */
export const session = z.object({ id: z.uuid(), email: z.string(), role: z.enum(ROLES) });
export type Session = z.infer<typeof session>;

/** Body of `POST /api/session`. */
export const signInInput = z.strictObject({ email, password });
export type SignInInput = z.output<typeof signInInput>;

/** Answer of `POST /api/session`. */
export const signedIn = z.object({
  member: z.boolean().describe("False for an account that may not use this dashboard, or not any more."),
});
export type SignedIn = z.infer<typeof signedIn>;

/** Answer of `GET /api/sign-in-options`. */
export const signInOptions = z.object({
  password: z.boolean(),
  providers: z.array(z.string()),
  setup: z.boolean().describe("There is no owner yet."),
});
export type SignInOptions = z.infer<typeof signInOptions>;

/** Answer of setup and of accepting an invitation: done, or the e-mail address has to be confirmed first. */
export const joined = z.object({ member: z.literal(true) });
export const confirmEmail = z.object({ confirmEmail: z.literal(true) });
export type Accepted = z.infer<typeof joined> | z.infer<typeof confirmEmail>;

/** A one-time token has 43 characters; anything else is simply unknown. */
const token = z
  .string({ error: "Give the token of the link." })
  .min(1, "Give the token of the link.")
  .max(200);

/**
 * Body of `POST /api/setup` and `POST /api/invitations/accept`. With e-mail and password that account is signed in, or
 * made; without, the account that is signed in is taken.
 */
export const acceptInput = z
  .strictObject({ token, email: email.optional(), password: password.optional() })
  .refine((input) => (input.email === undefined) === (input.password === undefined), {
    path: ["password"],
    error: "Give e-mail and password, or neither.",
  });
export type AcceptInput = z.output<typeof acceptInput>;

/** Query of `GET /api/invitations/preview`. */
export const previewQuery = z.strictObject({ token });

/** Query of `DELETE /api/session`. */
export const signOutQuery = z.strictObject({ everywhere: z.enum(["true", "false"]).default("false") });

/** Query of `GET /auth/sign-in/[provider]`. */
export const nextQuery = z.strictObject({ next: z.string().max(2000).optional() });

/** Path parameters of `GET /auth/sign-in/[provider]`. */
export const providerParams = z.object({ provider: z.string().regex(/^[a-z_]{1,40}$/) });

/** Query of `GET /auth/callback`, as Auth writes it: a code, or why there is none. */
export const callbackQuery = z.object({
  code: z.string().max(2000).optional(),
  sb_flow_id: z.string().max(100).optional(),
});

/** Answer of `GET /api/invitations/preview`. */
export const invitationPreview = z.object({ email: z.string(), role: z.enum(ROLES), expiresAt: moment });
export type InvitationPreview = z.infer<typeof invitationPreview>;

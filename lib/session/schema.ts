import { z } from "zod";
import { ROLES } from "@/lib/access/roles";

const email = z
  .string({ error: "Enter your e-mail address." })
  .trim()
  .min(1, "Enter your e-mail address.")
  .max(254, "Use at most 254 characters.")
  .pipe(z.email("Enter an e-mail address such as ada@example.com."));

const password = z
  .string({ error: "Enter your password." })
  .min(1, "Enter your password.")
  .max(200, "Use at most 200 characters.");

/** Answer of `GET /api/session`: who is signed in. */
const session = z.object({ id: z.string(), email: z.string(), role: z.enum(ROLES) });
export type Session = z.infer<typeof session>;

/** Body of `POST /api/session`. */
export const signInInput = z.strictObject({ email, password });
export type SignInInput = z.output<typeof signInInput>;

/** Answer of `POST /api/session`: the account may be right and no member. */
export interface SignedIn {
  member: boolean;
}

/** Answer of `GET /api/sign-in-options`. */
export interface SignInOptions {
  password: boolean;
  providers: string[];
  /** There is no owner yet. */
  setup: boolean;
}

/** Answer of setup and of accepting an invitation. */
export type Accepted = { member: true } | { confirmEmail: true };

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
export interface InvitationPreview {
  email: string;
  role: Session["role"];
  expiresAt: string;
}

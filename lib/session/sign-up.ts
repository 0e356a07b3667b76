import type { AuthError } from "@supabase/supabase-js";
import type { BrowserSession } from "@/lib/access/session";
import type { Account } from "@/lib/access/tokens";
import { AppError, invalid } from "@/lib/errors";

interface Credentials {
  email: string;
  password: string;
}

/**
 * Signs in to the account, or makes it; null when Auth has sent a mail first, to confirm the address. Throws
 * `unauthorized` for an account with another password, `validation_failed` and `conflict`.
 */
export async function signInOrUp(session: BrowserSession, credentials: Credentials): Promise<Account | null> {
  const signedIn = await session.signIn(credentials);
  if (signedIn.account) return signedIn.account;
  if (signedIn.error?.code === "email_not_confirmed") return null;
  const signedUp = await session.signUp(credentials);
  if (signedUp.account) return signedUp.account;
  if (signedUp.error) throw refusal(signedUp.error);
  if (signedUp.taken) throw otherPassword();
  return null;
}

// https://supabase.com/docs/guides/auth/debugging/error-codes
function refusal(error: AuthError): AppError {
  switch (error.code) {
    case "user_already_exists":
    case "email_exists":
      return otherPassword();
    case "weak_password":
      return invalid([{ path: "password", message: "Choose a longer or less common password." }]);
    case "email_address_invalid":
    case "email_address_not_authorized":
      return invalid([{ path: "email", message: "Supabase Auth does not accept this e-mail address." }]);
    case "signup_disabled":
    case "email_provider_disabled":
      return new AppError(
        "conflict",
        "The central Supabase project makes no new accounts. Allow new users to sign up under Authentication, or add the user there, and open this link again.",
      );
    default:
      // Such as a password that is too short, in the project's own words.
      return error.status !== undefined && error.status < 500
        ? invalid([{ path: "password", message: error.message }])
        : new AppError("centre_unavailable", "Supabase Auth does not answer. Try again in a moment.", {
            cause: error,
          });
  }
}

function otherPassword(): AppError {
  return new AppError(
    "unauthorized",
    "There is an account with this e-mail address, and its password is another one. Enter that one.",
  );
}

import { z } from "zod";
import { dataOf, fetchInTime } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { env } from "@/lib/env";
import { AppError } from "@/lib/errors";
import type { SignInOptions } from "@/lib/session/schema";

// GET /auth/v1/settings. What is in `external` besides providers to be sent to:
const NO_PROVIDERS = ["email", "phone", "anonymous_users", "web3_ethereum", "web3_solana"];
const settingsShape = z.object({ external: z.record(z.string(), z.boolean()) });
type AuthSettings = z.output<typeof settingsShape>;

/** Anybody may ask, so the project is asked this often at most; a provider switched on shows after so long. */
const REMEMBER_MS = 30_000;
let remembered: { settings: AuthSettings; until: number } | undefined;

/** The ways to sign in that the central project has switched on. Throws `centre_unavailable`. */
export async function getSignInOptions(ctx: Context): Promise<SignInOptions> {
  const [{ external }, hasOwner] = await Promise.all([authSettings(), ctx.centre.rpc("has_owner", {})]);
  const on = Object.keys(external).filter((name) => external[name]);
  return {
    password: on.includes("email"),
    providers: on.filter((name) => !NO_PROVIDERS.includes(name)).sort(),
    setup: !dataOf(hasOwner),
  };
}

async function authSettings(): Promise<AuthSettings> {
  if (remembered && remembered.until > Date.now()) return remembered.settings;
  const { supabaseUrl, supabaseSecretKey } = env();
  try {
    const headers = { apikey: supabaseSecretKey };
    const response = await fetchInTime(`${supabaseUrl}/auth/v1/settings`, { headers });
    const settings = settingsShape.parse(await response.json());
    remembered = { settings, until: Date.now() + REMEMBER_MS };
    return settings;
  } catch (cause) {
    throw new AppError("centre_unavailable", "Supabase Auth does not answer. Try again in a moment.", {
      cause,
    });
  }
}

import { createClient } from "@supabase/supabase-js";
import { createApiKey, hashSecret, hintOf, isApiKey } from "@/lib/access/api-key";
import { KEY_SCOPES } from "@/lib/keys/schema";
import { connect } from "@/supabase/local/database";
import type { Kept } from "@/supabase/local/demo/secrets";
import type { Project } from "@/supabase/local/stack";

const keyName = "Demo";

/** Makes the admin of the demo an owner and its API key valid, whatever was done to them in the dashboard meanwhile. */
export async function ensureOwner(central: Project, kept: Kept): Promise<void> {
  const id = await ensureAccount(central, kept.admin);
  // What an older demo has kept as its key is none.
  if (!isApiKey(kept.apiKey)) kept.apiKey = createApiKey();
  const { email } = kept.admin;
  const sql = connect(central.databaseUrl);
  try {
    await sql`
      insert into public.members (id, email, role) values (${id}, ${email}, 'owner')
      on conflict (id) do update set role = 'owner'`;
    await sql`
      insert into public.api_keys (name, key_hash, hint, scopes, created_by)
      values (${keyName}, ${hashSecret(kept.apiKey)}, ${hintOf(kept.apiKey)}, ${[...KEY_SCOPES]}, ${email})
      on conflict (key_hash) do update set revoked_at = null, expires_at = null, scopes = excluded.scopes`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The account with that password, made unless it is there. */
async function ensureAccount(central: Project, admin: Kept["admin"]): Promise<string> {
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const { auth } = createClient(central.url, central.publishableKey, options);
  const signedIn = await auth.signInWithPassword(admin);
  if (signedIn.data.user) return signedIn.data.user.id;
  const signedUp = await auth.signUp(admin);
  if (signedUp.error) throw signedUp.error;
  if (!signedUp.data.user) throw new Error("Signing up answers the user");
  return signedUp.data.user.id;
}

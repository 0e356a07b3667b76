import { randomUUID } from "node:crypto";
import { hashSecret } from "@/lib/access/api-key";
import type { TestProject } from "@/tests/support/stack";

/** Something behind a door, and a word that is in no answer to whoever may not open it. */
export interface Treasure {
  address: string;
  word: string;
  /** Whether every member may see it, or only owners. */
  for: "members" | "owners";
}

/** The site among it, for pages that are one site's. */
export const SITE_ID = "7f3b5c52-0000-4000-8000-00000000000a";

/** Puts a word that is nowhere else into everything that can be read. */
export async function hideTreasure({ sql }: TestProject): Promise<Treasure[]> {
  const word = `treasure-${randomUUID()}`;
  const email = `${word}@example.com`;
  await sql`insert into user_profiles (id, email, full_name) values ('rich', 'rich@example.com', ${word})`;
  await sql`insert into connected_sites (id, name, url) values (${SITE_ID}, ${word}, 'https://rich.example.com')`;
  await sql`insert into invitations (email, role, token_hash, expires_at, invited_by)
    values (${email}, 'viewer', ${hashSecret(word)}, now() + interval '1 day', 'test')`;
  await sql`insert into api_keys (name, key_hash, hint, scopes, created_by)
    values (${word}, ${hashSecret(word)}, 'roster_…', array['users:read'], 'test')`;
  await sql`insert into members (id, email, role) values (${randomUUID()}, ${email}, 'viewer')`;
  const members = ["/api/users", "/api/users/rich", "/api/sites", "/api/overview", "/api/sync/status"];
  const owners = ["/api/invitations", "/api/keys", "/api/members", "/api/audit"];
  return [
    ...members.map((address) => ({ address, word, for: "members" as const })),
    ...owners.map((address) => ({ address, word, for: "owners" as const })),
    { address: "/api/openapi.json", word: "createUser", for: "members" },
    { address: "/docs/api", word: "createUser", for: "members" },
    { address: "/users", word: "Skip to the content", for: "members" },
    { address: "/settings", word: "Skip to the content", for: "members" },
  ];
}

import type { Demo } from "@/tests/e2e/support/demo";
import { callRoster } from "@/tests/e2e/support/roster-api";

/** What strains a page: a site that fails, names and addresses that do not end, a user who is gone. */
export const strain = {
  site: "A site whose name is about as long as anybody would ever want to make one",
  user: "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of Llanfairpwllgwyngyll",
} as const;

const email = `${"very.long.local.part.".repeat(2)}x@${"subdomain.".repeat(8)}example.com`;

/** Adds the site and the users; the answer takes the site away again. */
export async function addStrain({ facts, site }: Demo): Promise<() => Promise<void>> {
  const { id } = await callRoster<{ id: string }>(facts, "POST", "/api/sites", {
    name: strain.site,
    url: `https://${"long-".repeat(8)}name.example.com/${"path/".repeat(20)}`,
  });
  await callRoster(facts, "PUT", `/api/sites/${id}/credentials`, {
    supabaseUrl: site("hrms").url,
    supabaseKey: `sb_secret_${"wrong".repeat(6)}`,
  });
  const gone = await callRoster<{ id: string }>(facts, "POST", "/api/users", { email: "gone@example.com" });
  await callRoster(facts, "DELETE", `/api/users/${gone.id}`);
  await callRoster(facts, "POST", "/api/users", { email, full_name: strain.user });
  return async () => {
    await callRoster(facts, "DELETE", `/api/sites/${id}`);
  };
}

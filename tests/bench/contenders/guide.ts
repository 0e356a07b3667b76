import { COLUMNS, type Contender } from "@/tests/bench/contenders/contender";
import { clientOf } from "@/tests/bench/contenders/script";

/** The obvious implementation: for each user, for each site, one upsert and one line of a log, awaited in turn. */
export function guide(users: number): Contender {
  return {
    users,
    fill: async ({ centre, sites }) => {
      const central = clientOf(centre);
      const targets = sites.map((site) => ({ site: site.database, client: clientOf(site) }));
      const { data } = await central
        .from("user_profiles")
        .select(COLUMNS.join(","))
        .order("id")
        .limit(users)
        .throwOnError();
      for (const user of data as unknown as { id: string }[]) {
        for (const { site, client } of targets) {
          await client.from("user_profiles").upsert(user, { onConflict: "id" }).throwOnError();
          await central
            .from("guide_log")
            .insert({ user_id: user.id, site, status: "success" })
            .throwOnError();
        }
      }
    },
  };
}

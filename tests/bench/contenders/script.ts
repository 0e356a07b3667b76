import { createClient } from "@supabase/supabase-js";
import { COLUMNS, type Contender } from "@/tests/bench/contenders/contender";
import type { BenchProject } from "@/tests/bench/stage";

const PAGE = 1_000;

/** A good engineer's script: keyset pages, the next one read ahead, one upsert per page and site, all sites at once. */
export function script(): Contender {
  return {
    fill: async ({ centre, sites }) => {
      const users = clientOf(centre).from("user_profiles");
      const read = async (after: string) => {
        const page = await users
          .select(COLUMNS.join(","))
          .gt("id", after)
          .order("id")
          .limit(PAGE)
          .throwOnError();
        return page.data as unknown as { id: string }[];
      };
      const targets = sites.map((site) => clientOf(site).from("user_profiles"));
      let page = await read("");
      for (let last = page.at(-1); last; last = page.at(-1)) {
        const next = read(last.id);
        const written = targets.map((target) => target.upsert(page, { onConflict: "id" }).throwOnError());
        await Promise.all(written);
        page = await next;
      }
    },
  };
}

export function clientOf({ url, key }: BenchProject) {
  return createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });
}

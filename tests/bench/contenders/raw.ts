import { Agent, request } from "undici";
import { COLUMNS, type Contender } from "@/tests/bench/contenders/contender";

const PAGE = 1_000;

/** The limit of the same way: bodies made beforehand, so many requests at once to each site, answers not looked at. */
export function raw(atOnce: number): Contender {
  let bodies: string[] = [];
  let agent: Agent | undefined;
  return {
    prepare: async ({ centre }) => {
      const rows = await centre.sql<{ body: string }[]>`
        select json_agg(u order by id)::text as body
        from (select ${centre.sql([...COLUMNS])}, (row_number() over (order by id) - 1) / ${PAGE} as page from user_profiles) u
        group by page order by page`;
      bodies = rows.map(({ body }) => body);
      agent = new Agent({ connections: atOnce });
    },
    fill: async ({ sites }) => {
      const columns = COLUMNS.map((column) => `%22${column}%22`).join(",");
      const lanes = sites.flatMap(({ url, key }) => {
        const open = [...bodies];
        const lane = async () => {
          for (let body = open.shift(); body; body = open.shift()) {
            const answer = await request(`${url}/rest/v1/user_profiles?on_conflict=id&columns=${columns}`, {
              method: "POST",
              headers: { apikey: key, "content-type": "application/json" },
              body,
              ...(agent && { dispatcher: agent }),
            });
            if (answer.statusCode >= 300) throw new Error(await answer.body.text());
            await answer.body.dump();
          }
        };
        return Array.from({ length: atOnce }, lane);
      });
      await Promise.all(lanes);
    },
    finish: async () => await agent?.close(),
  };
}

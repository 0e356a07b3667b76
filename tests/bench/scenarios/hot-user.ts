import { setTimeout as sleep } from "node:timers/promises";
import { type Finding, measured } from "@/tests/bench/report";
import { withEdits } from "@/tests/bench/scenarios/edits";
import type { Scenario } from "@/tests/bench/scenarios/scenario";
import type { Scene, Stage } from "@/tests/bench/stage";

const EDITS = 1_000;
const MOST_REQUESTS = 20;

/** One user is changed 1,000 times in a second: sites are not written 1,000 times. */
export const hotUser: Scenario = {
  name: "hot-user",
  run: (stage, sizes) =>
    withEdits(stage, 4, async (edit, scene, worker): Promise<Finding[]> => {
      await edit();
      const requests: number[] = [];
      for (let round = 0; round < sizes.rounds; round++) {
        const before = await mostRequests(stage, scene);
        const seconds = await changeOften(scene, `Round ${round}`, () => void worker.call("wake"));
        // A machine that is busy with something else takes longer than a second for so many commits.
        requests.push(((await mostRequests(stage, scene)) - before) / Math.max(1, seconds));
        sizes.progress(`${requests.at(-1)?.toFixed(1)} requests a second`);
      }
      const found = measured("requests/s", requests);
      return [
        {
          name: "hot-user",
          claim: `${EDITS} edits of one user in a second: at most ${MOST_REQUESTS} requests to each site in that time, and the last edit there`,
          contenders: { roster: found },
          ratios: { limit: found.max / MOST_REQUESTS },
          holds: found.max <= MOST_REQUESTS,
        },
      ];
    }),
};

/** Changes one user as often, every change a transaction of its own; returns how many seconds that took. */
async function changeOften({ centre, sites }: Scene, name: string, wake: () => void): Promise<number> {
  const [user] = await centre.sql<{ id: string }[]>`select id from user_profiles order by id limit 1`;
  const began = performance.now();
  const waking = setInterval(wake, 1);
  await centre.sql.unsafe(`
    do $$
    declare began constant timestamptz := clock_timestamp();
    begin
      for n in 1..${EDITS} loop
        update user_profiles set full_name = '${name} ' || n where id = '${user?.id}';
        commit;
        perform pg_sleep(greatest(0, extract(epoch from began + n * interval '1 ms' - clock_timestamp())));
      end loop;
    end $$`);
  const seconds = (performance.now() - began) / 1000;
  clearInterval(waking);
  wake();
  const isThere = async () => {
    const rows = await Promise.all(
      sites.map(({ sql }) => sql`select full_name from user_profiles where id = ${user?.id ?? ""}`),
    );
    return rows.every(([row]) => row?.full_name === `${name} ${EDITS}`);
  };
  while (!(await isThere())) await sleep(50);
  await sleep(500);
  return seconds;
}

async function mostRequests(stage: Stage, { sites }: Scene): Promise<number> {
  const counts = await Promise.all(sites.map(({ url }) => stage.apis.call("requests", url)));
  return Math.max(...counts.map((count) => count["/rest/v1/user_profiles"] ?? 0));
}

import { createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import { untilRunsFinished } from "@/tests/bench/contenders/roster";
import { limited, measured } from "@/tests/bench/report";
import type { Scenario } from "@/tests/bench/scenarios/scenario";
import { sealingKey } from "@/tests/bench/sealing";
import type { Stage } from "@/tests/bench/stage";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

/** Signed messages, one per user, to a receiver that verifies them. */
export const webhooks: Scenario = {
  name: "webhooks",
  run: async (stage, sizes) => {
    const users = sizes.pick(10_000, 2_000);
    const rates: number[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      rates.push(await deliveriesPerSecond(stage, users));
      sizes.progress(`${Math.round(rates.at(-1) ?? 0)} deliveries/s`);
    }
    const claim = `${users} users to one receiver: at least 1,000 signed deliveries a second`;
    return [limited("webhooks", claim, measured("deliveries/s", rates), 1_000, "least")];
  },
};

async function deliveriesPerSecond(stage: Stage, users: number): Promise<number> {
  const scene = await stage.set({ users, sites: 0 });
  const { sql } = scene.centre;
  const url = await stage.apis.call("openSink", SECRET);
  const worker = await stage.startWorker(scene.centre);
  const [row] = await sql<{ id: string }[]>`
    insert into connected_sites (name, url, kind) values ('receiver', ${url}, 'webhook') returning id`;
  const id = row?.id ?? "";
  const sealed = await createSealer([sealingKey]).seal(
    SECRET,
    credentialsPlace({ id, kind: "webhook", url }),
  );
  const began = performance.now();
  await sql`select site_set_credentials(${id}, ${url}, ${sealed}, 'last')`;
  await worker.call("wake");
  await untilRunsFinished(scene);
  const seconds = (performance.now() - began) / 1000;
  const { deliveries, users: there, refused } = await stage.apis.call("requests", url);
  if (there !== users || refused !== 0)
    throw new Error(`${there} of ${users} users arrived, ${refused} were refused`);
  await worker.call("stop");
  await worker.end();
  await stage.apis.call("close", url);
  await stage.strike(scene);
  return (deliveries ?? 0) / seconds;
}

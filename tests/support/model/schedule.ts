import type { Failure } from "@/lib/sync/core/failure";
import type { Random } from "@/tests/support/faults/random";
import { ModelCentre } from "@/tests/support/model/centre";
import { ModelEndpoint } from "@/tests/support/model/endpoint";
import { ModelSite, type SiteTrouble } from "@/tests/support/model/site";
import { VirtualClock } from "@/tests/support/model/virtual-clock";
import { ModelWorker, type ModelWorld } from "@/tests/support/model/worker";

export interface ModelRun extends ModelWorld {
  workers: ModelWorker[];
  userIds: string[];
}

const WORKERS = 4;
const SUPABASE_SITES = 5;
const ENDPOINTS = 3;

/** A centre with users, sites that are still empty, and workers. */
export function startModel(random: Random): ModelRun {
  const clock = new VirtualClock();
  const centre = new ModelCentre(() => clock.now());
  const userIds = Array.from({ length: random.int(5, 60) }, (_, n) => `u${n}`);
  for (const id of userIds) if (random.chance(0.7)) centre.putUser(id, {});
  const sites: ModelWorld["sites"] = new Map();
  for (let n = 0; n < SUPABASE_SITES; n++) {
    const state = centre.connectSite(String(n), { kind: random.chance(0.8) ? "delete" : "keep" });
    sites.set(state.id, new ModelSite(random.chance(0.5)));
  }
  for (let n = 0; n < ENDPOINTS; n++) {
    sites.set(centre.connectSite(`endpoint ${n}`, { kind: "delete" }, "webhook").id, new ModelEndpoint());
  }
  const run: ModelRun = { clock, random, centre, sites, centreLoss: 0, workers: [], userIds };
  for (let n = 0; n < WORKERS; n++) run.workers.push(new ModelWorker(run));
  return run;
}

/** Edits, faults, kills and requests, one after the other at random times. */
export async function runSchedule(run: ModelRun): Promise<void> {
  const steps = run.random.int(20, 80);
  for (let step = 0; step < steps; step++) {
    takeStep(run);
    await run.clock.runUntil(() => false, run.random.pick([0, 5, 50, 300, 1_000, 4_000]));
  }
}

/** Sites, centre and workers are well again, and nobody asks for anything any more. */
export async function heal(run: ModelRun): Promise<void> {
  run.centreLoss = 0;
  for (const worker of run.workers) worker.thaw();
  for (const site of run.sites.values()) site.trouble = { kind: "none" };
  // What was on its way may still block a site. Then somebody tests the connection.
  await run.clock.runUntil(() => false, 20_000);
  for (const site of run.centre.state.sites) {
    if (site.health === "blocked")
      Object.assign(site, { health: "ok", failures: 0, retryAt: run.clock.now() });
  }
}

/** Ends every worker; a killed one leaves nothing behind that could ever go on. */
export function endModel({ workers }: ModelRun): void {
  for (const worker of workers) worker.kill();
}

function takeStep(run: ModelRun): void {
  const { random } = run;
  const step = random.weighted({
    edit: 40,
    trouble: 20,
    calm: 8,
    kill: 6,
    freeze: 4,
    thaw: 6,
    centre: 4,
    requests: 12,
  });
  switch (step) {
    case "edit":
      edit(run);
      return;
    case "trouble":
      random.pick([...run.sites.values()]).trouble = randomTrouble(run);
      return;
    case "calm":
      random.pick([...run.sites.values()]).trouble = { kind: "none" };
      return;
    case "kill":
      replaceWorker(run);
      return;
    case "freeze":
      random.pick(run.workers).freeze();
      return;
    case "thaw":
      random.pick(run.workers).thaw();
      return;
    case "centre":
      run.centreLoss = random.pick([0, 0.1, 0.5, 1]);
      return;
    case "requests":
      request(run);
  }
}

function request({ random, centre, userIds }: ModelRun): void {
  const { sites } = centre.state;
  switch (random.weighted({ everybody: 2, site: 2, retry: 3, user: 5 })) {
    case "everybody":
      centre.startFull(sites);
      return;
    case "site":
      centre.startFull([random.pick(sites)]);
      return;
    case "retry":
      centre.retry();
      return;
    case "user":
      centre.syncUser(random.pick(userIds));
  }
}

function swapAddresses(centre: ModelCentre, one: string, other: string): void {
  const { users } = centre.state;
  const [hers, his] = [users.get(one), users.get(other)];
  if (!hers || !his || one === other) return;
  centre.putUser(one, { email: his.email });
  centre.putUser(other, { email: hers.email });
}

function replaceWorker(run: ModelRun): void {
  const index = run.random.int(0, run.workers.length - 1);
  const worker = run.workers[index];
  // A late write of a worker that is killed before it can tell stays unknown; only a site's guard refuses that one.
  if (!worker || worker.hasThawed) return;
  worker.kill();
  run.workers[index] = new ModelWorker(run);
}

/** Users who never leave, and swap their e-mail addresses: a site that keeps leavers' rows keeps their addresses too. */
const STAYING = 4;

function edit({ random, centre, userIds }: ModelRun): void {
  for (let edits = random.pick([1, 1, 1, 2, 10]); edits > 0; edits--) {
    const id = random.pick(userIds);
    const leaver = random.pick(userIds.slice(STAYING));
    switch (random.weighted({ change: 60, leave: 15, come: 15, delete: 10, swap: 10 })) {
      case "change":
        centre.putUser(id, { full_name: `Name ${random.int(1, 1e6)}`, team: random.pick(["A", "B", null]) });
        break;
      case "leave":
        if (leaver) centre.putUser(leaver, { status: "inactive" });
        break;
      case "come":
        centre.putUser(id, { status: "active", email: `${id}.${random.int(1, 1e9)}@example.com` });
        break;
      case "delete":
        if (leaver) centre.deleteUser(leaver);
        break;
      case "swap":
        swapAddresses(centre, random.pick(userIds.slice(0, STAYING)), random.pick(userIds.slice(0, STAYING)));
    }
  }
}

const SITE_FAILURES: readonly Failure[] = [
  { code: "unreachable", message: "Away." },
  { code: "throttled", message: "Slower.", retryAfterSeconds: 7 },
  { code: "busy", message: "Busy." },
  { code: "credentials_rejected", message: "No." },
  { code: "project_paused", message: "Paused." },
];

function randomTrouble({ random, userIds }: ModelRun): SiteTrouble {
  switch (random.weighted({ fails: 4, lost: 4, tooLarge: 2, refuses: 3 })) {
    case "fails":
      return { kind: "fails", failure: random.pick(SITE_FAILURES), lands: false };
    case "lost":
      return { kind: "fails", failure: { code: "unreachable", message: "Lost." }, lands: true };
    case "tooLarge":
      return { kind: "tooLarge", most: random.int(0, 5) };
    case "refuses":
      return { kind: "refuses", userIds: new Set(userIds.filter(() => random.chance(0.1))) };
  }
}

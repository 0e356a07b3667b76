import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import type { Engine } from "@/lib/sync/engine";
import { connect } from "@/supabase/local/database";
import {
  type AnySite,
  type ArenaEndpoint,
  type ArenaSite,
  type SiteOptions,
  startArenaEndpoint,
  startArenaSite,
} from "@/tests/support/faults/arena-site";
import type { Crash } from "@/tests/support/faults/crash-points";
import { type EngineSettings, startTestEngine } from "@/tests/support/faults/engine";
import { until } from "@/tests/support/faults/truth";
import { WorkerChild } from "@/tests/support/faults/worker-child";
import { cloneProject, type TestProject } from "@/tests/support/project";
import { centreTemplate } from "@/tests/support/templates";

/** For what takes a second where nobody else needs the machine. */
const PATIENCE_MS = 60_000;

export type EngineOptions = Partial<Pick<EngineSettings, "leaseSeconds" | "siteTimeoutMs">>;

export interface WorkerOptions extends EngineOptions {
  crash?: Crash;
}

/** A centre, sites on real databases and APIs, and real endpoints, a proxy before each of them, and worker processes. */
export class Arena {
  /** Supabase sites. */
  readonly sites: ArenaSite[] = [];
  /** Webhook sites. */
  readonly endpoints: ArenaEndpoint[] = [];
  readonly workers: WorkerChild[] = [];
  readonly #engines: Engine[] = [];

  private constructor(
    readonly adminUrl: string,
    readonly centre: TestProject,
  ) {}

  static async create(adminUrl: string, sites: readonly SiteOptions[], endpoints = 0): Promise<Arena> {
    const arena = new Arena(adminUrl, await cloneProject(adminUrl, "central", centreTemplate));
    try {
      for (const options of sites) await arena.addSite(`site${arena.sites.length}`, options);
      while (arena.endpoints.length < endpoints) await arena.addEndpoint(`endpoint${arena.endpoints.length}`);
      return arena;
    } catch (error) {
      await arena.close();
      throw error;
    }
  }

  get everySite(): readonly AnySite[] {
    return [...this.sites, ...this.endpoints];
  }

  async addSite(name: string, options: SiteOptions): Promise<ArenaSite> {
    const site = await startArenaSite(this.adminUrl, this.centre.sql, name, options);
    this.sites.push(site);
    return site;
  }

  async addEndpoint(name: string): Promise<ArenaEndpoint> {
    const endpoint = await startArenaEndpoint(this.centre.sql, name);
    this.endpoints.push(endpoint);
    return endpoint;
  }

  /** Starts a worker; its engine runs when this resolves. */
  async startWorker({ crash, ...options }: WorkerOptions = {}): Promise<WorkerChild> {
    const worker = new WorkerChild({ ...this.#settings(options), ...(crash && { crash }) });
    this.workers.push(worker);
    await worker.ready;
    return worker;
  }

  /** Starts a worker in this process, which costs less where it need not be killed. */
  startEngine(options: EngineOptions = {}): Engine {
    const engine = startTestEngine(this.#settings(options));
    this.#engines.push(engine);
    return engine;
  }

  /** Does something with the central database on connections of its own, which PostgreSQL's death cannot spoil. */
  async withCentre<T>(use: (sql: postgres.Sql) => Promise<T>, connections = 1): Promise<T> {
    const sql = connect(this.centre.databaseUrl, connections);
    try {
      return await use(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  /** Asks the centre something on a new connection; false when it could not be done, or nobody knows within 5 s. */
  async ask(work: (sql: postgres.Sql) => Promise<unknown>): Promise<boolean> {
    const late = sleep(5_000).then(() => false);
    const asked = this.withCentre(work).then(
      () => true,
      () => false,
    );
    return await Promise.race([asked, late]);
  }

  /** Users u1, u2, … by one statement. */
  async addUsers(count: number): Promise<void> {
    await this.centre.sql`insert into user_profiles (id, email, full_name)
      select 'u' || n, 'u' || n || '@example.com', 'Name ' || n from generate_series(1, ${count}::int) n`;
  }

  async changeEverybody(team: string): Promise<void> {
    await this.centre.sql`update user_profiles set team = ${team}`;
  }

  /** How many rows the centre has; `from` is what follows it in SQL. */
  async count(from: string): Promise<number> {
    const [row] = await this.centre.sql.unsafe(`select count(*)::int as count from ${from}`);
    return Number(row?.count);
  }

  /** Waits until every site is well, without waiting for its turn to be tried again. */
  async untilWell(): Promise<void> {
    await until("every site is well", PATIENCE_MS, async () => {
      if ((await this.count("connected_sites where health <> 'ok'")) === 0) return true;
      await this.centre.sql`select sync_retry(null, null)`;
      await sleep(200); // it locks what the workers lock
      return false;
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all(this.#engines.map((engine) => engine.stop()));
    for (const site of this.everySite) await site.close();
    await this.centre.close();
  }

  #settings({ leaseSeconds = 9, siteTimeoutMs = 15_000 }: EngineOptions): EngineSettings {
    const { url, secretKey } = this.centre;
    const name = `worker ${this.workers.length + this.#engines.length}`;
    return { url, secretKey, name, leaseSeconds, siteTimeoutMs, pollMs: 1_000 };
  }
}

import type postgres from "postgres";
import type { Engine } from "@/lib/sync/engine";
import { connect } from "@/supabase/local/database";
import type { Crash } from "@/tests/support/faults/crash-points";
import { type EngineSettings, startTestEngine } from "@/tests/support/faults/engine";
import { SiteProxy } from "@/tests/support/faults/site-proxy";
import { WorkerChild } from "@/tests/support/faults/worker-child";
import { cloneProject, type TestProject } from "@/tests/support/project";
import { centreTemplate, siteTemplate } from "@/tests/support/templates";

export interface ArenaSite {
  id: string;
  project: TestProject;
  /** What stands between the workers and the site's API. */
  proxy: SiteProxy;
  options: SiteOptions;
}

export interface SiteOptions {
  /** What happens to the row of a user who leaves. */
  removal?: "delete" | "deactivate" | "keep";
  /** Whether the site refuses older rows by trigger, as Roster's SQL for sites sets up. */
  guarded?: boolean;
}

export type EngineOptions = Partial<Pick<EngineSettings, "leaseSeconds" | "siteTimeoutMs">>;

export interface WorkerOptions extends EngineOptions {
  crash?: Crash;
}

/** A centre and sites on real databases and APIs, a proxy before each site, and worker processes. */
export class Arena {
  readonly sites: ArenaSite[] = [];
  readonly workers: WorkerChild[] = [];
  readonly #engines: Engine[] = [];

  private constructor(
    readonly adminUrl: string,
    readonly centre: TestProject,
  ) {}

  static async create(adminUrl: string, sites: readonly SiteOptions[]): Promise<Arena> {
    const arena = new Arena(adminUrl, await cloneProject(adminUrl, "central", centreTemplate));
    try {
      for (const [n, options] of sites.entries()) await arena.addSite(`site${n}`, options);
      return arena;
    } catch (error) {
      await arena.close();
      throw error;
    }
  }

  /** In these tests the engine gets the sites' keys as they are, not sealed. */
  async addSite(name: string, options: SiteOptions): Promise<ArenaSite> {
    const project = await cloneProject(this.adminUrl, name, siteTemplate);
    if (options.guarded === false) {
      await project.sql`drop trigger user_profiles_refuse_older on user_profiles`;
    }
    const deactivates = options.removal === "deactivate";
    if (deactivates) {
      await project.sql`alter table user_profiles add column is_active boolean`;
      await project.reloadSchema();
    }
    const proxy = await SiteProxy.start(project.url);
    const { sql } = this.centre;
    const [row] = await sql`
      insert into connected_sites (name, url, removal_policy, removal_column)
      values (${name}, ${proxy.url}, ${options.removal ?? "delete"}, ${deactivates ? "is_active" : null})
      returning id`;
    const site = { id: String(row?.id), project, proxy, options };
    this.sites.push(site);
    await sql`select site_set_credentials(${site.id}, ${proxy.url}, ${project.secretKey}, 'last')`;
    return site;
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

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all(this.#engines.map((engine) => engine.stop()));
    for (const { proxy, project } of this.sites) {
      await proxy.close();
      await project.close();
    }
    await this.centre.close();
  }

  #settings({ leaseSeconds = 9, siteTimeoutMs = 15_000 }: EngineOptions): EngineSettings {
    const { url, secretKey } = this.centre;
    const name = `worker ${this.workers.length + this.#engines.length}`;
    return { url, secretKey, name, leaseSeconds, siteTimeoutMs, pollMs: 1_000 };
  }
}

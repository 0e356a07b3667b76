import type postgres from "postgres";
import { createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import { connect, withConnection } from "@/supabase/local/database";
import type { ApisProcess, OpenApi } from "@/tests/bench/processes/apis";
import { Child } from "@/tests/bench/processes/calls";
import type { WorkerProcess } from "@/tests/bench/processes/worker";
import { sealingKey } from "@/tests/bench/sealing";
import { startTestCluster, type TestCluster } from "@/tests/support/cluster";
import { centreTemplate, siteTemplate } from "@/tests/support/templates";

/** A project of the bench: a database, and the API before it. */
export interface BenchProject {
  database: string;
  databaseUrl: string;
  url: string;
  key: string;
  sql: postgres.Sql;
}

/** What the contenders meet in: a centre with users, and sites without any. */
export interface Scene {
  centre: BenchProject;
  sites: BenchProject[];
}

export type Destination = OpenApi["kind"];

export interface SceneOptions {
  users: number;
  sites: number;
  destination?: Destination;
  /** How far away the sites are. */
  delayMs?: number;
}

const apisProgram = new URL("processes/apis.ts", import.meta.url);
/** As `npm run worker` has it: batches are short-lived, and Node would let 100 MB of them gather before it looks. */
const WORKER_FLAGS = ["--max-semi-space-size=8"];

const workerProgram = new URL("processes/worker.ts", import.meta.url);

/** As the smallest hosted projects have it; the rest of the memory is the operating system's cache, as there. */
const SETTINGS = {
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  max_connections: "600",
  shared_preload_libraries: "pg_stat_statements",
  // For the contender "database".
  wal_level: "logical",
  max_replication_slots: "32",
  max_wal_senders: "32",
  max_logical_replication_workers: "16",
  max_worker_processes: "32",
};

/** One PostgreSQL, durable as in production, the APIs in one process beside it, and workers in theirs. */
export class Stage {
  readonly workers = new Set<Child<WorkerProcess>>();
  #databases = 0;

  private constructor(
    readonly cluster: TestCluster,
    readonly admin: postgres.Sql,
    readonly apis: Child<ApisProcess>,
  ) {}

  static async open(): Promise<Stage> {
    const cluster = await startTestCluster({ durable: true, settings: SETTINGS });
    return new Stage(cluster, connect(cluster.adminUrl), new Child<ApisProcess>(apisProgram));
  }

  /** A centre with so many users, all fanned out, and sites; close it with `strike`. */
  async set({ users, sites, destination = "endpoint", delayMs = 0 }: SceneOptions): Promise<Scene> {
    const template = await this.#centreWith(users);
    const connections = Math.max(2, Math.min(10, Math.floor(200 / sites)));
    const centre = await this.#project(template, { kind: destination, connections: 10 });
    const opened: BenchProject[] = [];
    for (let n = 0; n < sites; n++) {
      opened.push(await this.#project(siteTemplate, { kind: destination, delayMs, connections }));
    }
    await this.admin`checkpoint`;
    return { centre, sites: opened };
  }

  async strike({ centre, sites }: Scene): Promise<void> {
    for (const project of [centre, ...sites]) {
      await this.apis.call("close", project.url);
      await project.sql.end({ timeout: 1 });
      await this.admin`drop database ${this.admin(project.database)} with (force)`;
    }
  }

  /** A worker as the server has it, ready to be woken. */
  async startWorker(
    { url, key }: BenchProject,
    flags: readonly string[] = [],
  ): Promise<Child<WorkerProcess>> {
    const worker = new Child<WorkerProcess>(workerProgram, {}, [...WORKER_FLAGS, ...flags]);
    this.workers.add(worker);
    await worker.call("start", { url, key });
    return worker;
  }

  async close(): Promise<void> {
    for (const worker of this.workers) await worker.end();
    await this.apis.end();
    await this.admin.end({ timeout: 1 });
    await this.cluster.stop();
  }

  async #project(template: string, api: Omit<OpenApi, "databaseUrl">): Promise<BenchProject> {
    const database = `bench_${++this.#databases}`;
    await this.#clone(database, template);
    const databaseUrl = this.#urlOf(database);
    const { url, key } = await this.apis.call("open", { databaseUrl, ...api });
    return { database, databaseUrl, url, key, sql: connect(databaseUrl, 2) };
  }

  /** The database from which centres with so many users are cloned. */
  async #centreWith(users: number): Promise<string> {
    const name = `users_${users}`;
    const [found] = await this.admin`select from pg_database where datname = ${name}`;
    if (found) return name;
    await this.#clone(name, centreTemplate);
    await withConnection(this.#urlOf(name), async (sql) => {
      await insertUsers(sql, users);
      await sql`delete from pgmq.q_user_changes`;
      await sql.unsafe(GUIDE_LOG);
      await sql`vacuum analyze`;
    });
    return name;
  }

  async #clone(name: string, template: string): Promise<void> {
    await this.admin`create database ${this.admin(name)} template ${this.admin(template)}`;
  }

  #urlOf(database: string): string {
    return new URL(`/${database}`, this.cluster.adminUrl).href;
  }
}

/** The log of the contender "guide"; here, because APIs know the tables of their start. */
const GUIDE_LOG = `
  create table guide_log (id bigint generated always as identity primary key,
    user_id text, site text, status text, created_at timestamptz default now());
  grant all on guide_log to service_role`;

async function insertUsers(sql: postgres.Sql, users: number): Promise<void> {
  await sql`
    insert into user_profiles (email, full_name, role, team, department)
    select 'person.' || n || '@example.com', 'Person Number ' || n, (array['user', 'editor', 'manager'])[1 + n % 3],
      case when n % 5 > 0 then 'Team ' || n % 7 end, case when n % 4 > 0 then 'Department ' || n % 11 end
    from generate_series(1, ${users}::int) n`;
}

/** Connects sites as Roster's API does; from here on workers fill them. Returns their ids. */
export async function connectSites({ centre, sites }: Scene): Promise<string[]> {
  const sealer = createSealer([sealingKey]);
  return await Promise.all(
    sites.map(async ({ url, key }, n) => {
      const [row] = await centre.sql<{ id: string }[]>`
        insert into connected_sites (name, url) values (${`site ${n}`}, ${url}) returning id`;
      const id = row?.id ?? "";
      const sealed = await sealer.seal(key, credentialsPlace({ id, kind: "supabase", url }));
      await centre.sql`select site_set_credentials(${id}, ${url}, ${sealed}, ${key.slice(-4)})`;
      return id;
    }),
  );
}

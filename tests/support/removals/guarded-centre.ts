import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { planBatch } from "@/lib/sync/core/plan";
import type { Centre, Claim, LeasedSite, Outcome } from "@/lib/sync/ports";
import { leaseOne } from "@/tests/support/lease-one";
import type { TestProject } from "@/tests/support/project";
import { createCentre } from "@/tests/support/stack";

type Batch = Extract<Claim, { kind: "batch" }>;
type Policy = "delete" | "deactivate" | "keep";

/** The central database with sites that are kept in memory: who is there, and how often somebody was taken away. */
export class GuardedCentre {
  readonly rows = new Map<string, Set<string>>();
  readonly removed = new Map<string, string[]>();
  readonly port: Centre;

  constructor(readonly project: TestProject) {
    this.port = createCentrePort(project.url, project.secretKey, "guarded");
  }

  static async create(): Promise<GuardedCentre> {
    return new GuardedCentre(await createCentre());
  }

  get sql() {
    return this.project.sql;
  }

  async connectSite(name: string, policy: Policy = "delete"): Promise<string> {
    const [site] = await this.sql`
      insert into connected_sites (name, url, removal_policy, removal_column, inspected_at)
      values (${name}, 'http://127.0.0.1', ${policy}, ${policy === "deactivate" ? "is_active" : null}, 'infinity')
      returning id`;
    const id = String(site?.id);
    await this.sql`select site_set_credentials(${id}, ${`http://127.0.0.1/${name}`}, 'key', 'last')`;
    this.rows.set(id, new Set());
    this.removed.set(id, []);
    return id;
  }

  /** Users u1, u2, … by one statement. */
  async addUsers(from: number, to: number): Promise<void> {
    await this.sql`insert into user_profiles (id, email, full_name, team)
      select 'u' || n, 'u' || n || '@example.com', 'Name ' || n, 'Sales'
      from generate_series(${from}::int, ${to}::int) n`;
  }

  /** Deactivates users by one statement. */
  async deactivate(from: number, to: number): Promise<void> {
    await this.sql`update user_profiles set status = 'inactive'
      where id in (select 'u' || n from generate_series(${from}::int, ${to}::int) n)`;
  }

  /** Does what a worker would until nothing is left to do. */
  async work(batchSize = 500): Promise<void> {
    for (;;) {
      const { more, ready } = await this.port.fanOut();
      const site = ready ? await leaseOne(this.port, 9) : null;
      if (site) await this.drain(site, batchSize);
      else if (!more) return;
    }
  }

  async drain(site: LeasedSite, batchSize: number): Promise<void> {
    for (;;) {
      const claimed = await this.port.claim(site, batchSize);
      if (claimed.kind !== "batch") break;
      await this.port.settle(site, claimed.claimId, this.deliver(site, claimed), null);
    }
    await this.port.releaseSite(site);
  }

  /** Writes a batch to its site, and says what came of it. */
  deliver({ id, removal }: LeasedSite, { items }: Batch): Outcome[] {
    const plan = planBatch(items, removal);
    for (const { userId } of plan.upserts) this.rows.get(id)?.add(userId);
    for (const { userId } of plan.removals) {
      this.rows.get(id)?.delete(userId);
      this.removed.get(id)?.push(userId);
    }
    const outcomes = (kind: "upserted" | "removed" | "deactivated" | "skipped" | "kept", ids: string[]) =>
      ids.map((userId): Outcome => ({ userId, kind, durationMs: 1 }));
    const idsOf = (targets: { userId: string }[]) => targets.map(({ userId }) => userId);
    return [
      ...outcomes("upserted", idsOf(plan.upserts)),
      ...outcomes(removal.kind === "deactivate" ? "deactivated" : "removed", idsOf(plan.removals)),
      ...outcomes("skipped", plan.skips),
      ...outcomes("kept", plan.kept),
    ];
  }

  async held(siteId: string): Promise<number> {
    const [row] = await this.sql`
      select count(*)::int as held from user_sync_status where site_id = ${siteId} and status = 'held'`;
    return Number(row?.held);
  }

  /** Makes so many minutes go by for what was decided. */
  async pass(minutes: number): Promise<void> {
    await this.sql`update site_removals set since = since - make_interval(mins => ${minutes})`;
  }

  close(): Promise<void> {
    return this.project.close();
  }
}

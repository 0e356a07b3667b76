import type postgres from "postgres";
import type { BenchProject } from "@/tests/bench/stage";

/** Says when users' rows become visible at sites: by a trigger that notifies, which PostgreSQL does at the commit. */
export class Landings {
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly #listeners: postgres.ListenMeta[] = [];

  static async at(sites: readonly BenchProject[]): Promise<Landings> {
    const landings = new Landings();
    for (const [n, { sql }] of sites.entries()) {
      await sql.unsafe(`
        create function bench_landed() returns trigger language plpgsql security definer as
          $$ begin perform pg_notify('landed', new.id || ' ' || coalesce(new.full_name, '')); return null; end $$;
        create trigger bench_landed after insert or update on user_profiles for each row execute function bench_landed();`);
      const landed = (what: string) => landings.#waiting.get(`${n} ${what}`)?.(performance.now());
      landings.#listeners.push(await sql.listen("landed", landed));
    }
    return landings;
  }

  /** When the user's row with that name is visible at the last of so many sites. */
  async everywhere(sites: number, userId: string, name: string): Promise<number> {
    const times = Array.from({ length: sites }, (_, n) => this.#at(`${n} ${userId} ${name}`));
    return Math.max(...(await Promise.all(times)));
  }

  #at(what: string): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.set(what, (at) => {
        this.#waiting.delete(what);
        resolve(at);
      });
    });
  }

  async close(): Promise<void> {
    for (const { unlisten } of this.#listeners) await unlisten();
  }
}

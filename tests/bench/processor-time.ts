import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scene, Stage } from "@/tests/bench/stage";

/** Processor time in microseconds, by who spent it. `rest`: what PostgreSQL does beside serving sessions that are still open. */
export interface ProcessorTime {
  centre: number;
  sites: number;
  rest: number;
  apis: number;
  /** The worker, or the bench itself where there is none. */
  program: number;
}

/** Linux counts in hundredths of a second here, on every machine (USER_HZ). */
const TICK_MICROSECONDS = 10_000;

/**
 * Reads what all processes of the stage have spent so far; null where the system does not say (it takes Linux's /proc).
 * Unlike the clock it does not grow with what else a machine is busy with.
 */
export async function readProcessorTime(stage: Stage, scene: Scene): Promise<ProcessorTime | null> {
  try {
    const postmaster = Number.parseInt(
      await readFile(join(stage.cluster.dataDir, "data", "postmaster.pid"), "utf8"),
      10,
    );
    const sessions = await sessionTimes(postmaster, scene);
    const own = process.cpuUsage();
    const workers = await Promise.all([...stage.workers].map(({ pid }) => spentBy(pid).catch(() => null)));
    const alive = workers.filter((spent) => spent !== null);
    return {
      ...sessions,
      apis: (await spentBy(stage.apis.pid)).itself,
      program: alive.length > 0 ? alive.reduce((sum, { itself }) => sum + itself, 0) : own.user + own.system,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function sessionTimes(postmaster: number, { centre, sites }: Scene) {
  const { itself, ended } = await spentBy(postmaster);
  const times = { centre: 0, sites: 0, rest: itself + ended };
  const databases = new Set(sites.map(({ database }) => database));
  for (const { title, time } of await childrenOf(postmaster)) {
    const [database = ""] = /(?<=^postgres: \S+ )\S+/.exec(title) ?? [];
    if (database === centre.database) times.centre += time;
    else if (databases.has(database)) times.sites += time;
    else times.rest += time;
  }
  return times;
}

async function childrenOf(parent: number) {
  const children: { title: string; time: number }[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const spent = await spentBy(pid).catch(() => null); // ended meanwhile
    if (spent?.parent !== parent) continue;
    const title = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    children.push({ title, time: spent.itself });
  }
  return children;
}

/** A process's own time, and that of its children that have ended. */
async function spentBy(pid: number): Promise<{ parent: number; itself: number; ended: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // After the name, which may hold anything: state, parent, … and from the twelfth on the times; see proc_pid_stat(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
  return {
    parent: Number(fields[1]),
    itself: ((user ?? 0) + (system ?? 0)) * TICK_MICROSECONDS,
    ended: ((endedUser ?? 0) + (endedSystem ?? 0)) * TICK_MICROSECONDS,
  };
}

/** What was spent between two readings, for each of so many pairs. */
export function spentPerPair(from: ProcessorTime, to: ProcessorTime, pairs: number): ProcessorTime {
  const each = (name: keyof ProcessorTime) => (to[name] - from[name]) / pairs;
  return {
    centre: each("centre"),
    sites: each("sites"),
    rest: each("rest"),
    apis: each("apis"),
    program: each("program"),
  };
}

export function inAll({ centre, sites, rest, apis, program }: ProcessorTime): number {
  return centre + sites + rest + apis + program;
}

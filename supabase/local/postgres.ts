import { mkdir, rm } from "node:fs/promises";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Binaries, findBinaries } from "@/supabase/local/binaries";
import { initialise } from "@/supabase/local/initdb";
import { type KeptProcess, startKept } from "@/supabase/local/kept-process";
import { unpackPgmq } from "@/supabase/local/pgmq";
import { freePort } from "@/supabase/local/ports";
import { clearWay, untilReady } from "@/supabase/local/postmaster";
import { type ServerUser, serverUser, spawnIds } from "@/supabase/local/server-user";

/** A running PostgreSQL of our own, reachable on 127.0.0.1 only. */
export interface Cluster {
  port: number;
  /** Connection string of one database, as the superuser `postgres`. */
  url(database: string): string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Directory for the cluster's files; made when missing. One process at a time may use it. */
  dataDir: string;
  /** Password of the superuser; must be the same at every start. */
  password: string;
  /** Port to take when it is free; another is taken when it is not. */
  port?: number | undefined;
  /** Whether data survives a power cut (a killed process loses nothing either way). Tests need no such care. */
  durable: boolean;
  /** Further settings of the server, over the usual ones. */
  settings?: Readonly<Record<string, string>> | undefined;
}

const restartMilliseconds = 500;

/**
 * Starts PostgreSQL on a data directory, making it first when there is none. It stops with `stop()` and,
 * whatever happens to this process, shortly after this process ends.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const binaries = await findBinaries();
  const user = await serverUser([binaries.postgres, dataDir]);
  const files = join(dataDir, "data");
  await clearWay(files);
  await initialise({ files, initdb: binaries.initdb, user, password: options.password });
  const extensions = await unpackPgmq(join(dataDir, "pgmq"));

  const port = await freePort(options.port);
  const settings = serverSettings({ ...options, port, extensions });
  const log = join(dataDir, "postgres.log");
  await rm(log, { force: true });
  const stop = await keepRunning({ binaries, user, files, settings, log });
  return {
    port,
    url: (database) => `postgres://postgres:${options.password}@127.0.0.1:${port}/${database}`,
    stop,
  };
}

function serverSettings(
  from: Pick<ClusterOptions, "durable" | "settings"> & { port: number; extensions: string },
) {
  const settings = {
    port: from.port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    extension_control_path: `${from.extensions}:$system`,
    max_connections: 300,
    // What is kept is for using, and holds the lists of a large centre in memory; untouched it costs nothing.
    shared_buffers: from.durable ? `${Math.min(1024, Math.floor(totalmem() / 2 ** 23))}MB` : "64MB",
    // With five databases and short queries, extra processes for input and output only cost start time.
    io_method: "sync",
    timezone: "UTC",
    log_min_messages: "fatal",
    ...(from.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...from.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

interface Launch {
  binaries: Binaries;
  user: ServerUser;
  files: string;
  settings: string[];
  log: string;
}

async function launch({ binaries, user, files, settings, log }: Launch): Promise<KeptProcess> {
  const server = await startKept({
    command: [...user.prefix, binaries.postgres, "-D", files, ...settings],
    // Fast: end all sessions and write a checkpoint. Then at once: the next start recovers from the log.
    signals: ["INT", "QUIT"],
    env: { PATH: process.env.PATH, LC_ALL: "C" },
    cwd: "/",
    log,
    ids: spawnIds(user),
  });
  await untilReady(server, files, log);
  return server;
}

/** Keeps PostgreSQL running: when it ends by itself, or somebody kills it, it is started again. */
async function keepRunning(options: Launch): Promise<() => Promise<void>> {
  let server = await launch(options);
  let stopping = false;
  const watch = async () => {
    while (!stopping) {
      await server.ended;
      if (stopping) return;
      await sleep(restartMilliseconds);
      await clearWay(options.files);
      server = await launch(options).catch(() => server);
    }
  };
  const watching = watch();
  return async () => {
    stopping = true;
    await server.stop();
    await watching;
    await server.stop();
  };
}

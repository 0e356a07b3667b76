import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import { hasCode } from "@/supabase/local/files";

// Below the range from which systems take ports for outgoing connections (32768 and up), so that a port
// kept for the next start is seldom taken by then.
const lowest = 20_000;
const highest = 29_999;

/** A port of 127.0.0.1 that can be listened on: the preferred one, or any when that is taken. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = candidatePort();
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${lowest} and ${highest} on 127.0.0.1`);
}

/** A random port that is likely to be free, now and at the next start. */
export function candidatePort(): number {
  return randomInt(lowest, highest + 1);
}

/** Whether a port of 127.0.0.1 can be listened on. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  if (!(await hasListened(server, port))) return false;
  await new Promise((done) => server.close(done));
  return true;
}

/** Makes a server listen on a port of 127.0.0.1; false when somebody else has that port. */
export async function hasListened(server: Server, port: number): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      if (hasCode(error, "EADDRINUSE") || hasCode(error, "EACCES")) resolve(false);
      else reject(error);
    };
    server.once("error", failed);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}

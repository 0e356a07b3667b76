import { spawn } from "node:child_process";
import { chown, readFile } from "node:fs/promises";

/** How to start a program as the user that PostgreSQL runs as. */
export interface ServerUser {
  /** Owner of what PostgreSQL writes; undefined when it is the user who runs this process. */
  owner: { uid: number; gid: number } | undefined;
  /** Command and arguments that go before the program. */
  prefix: string[];
}

/**
 * PostgreSQL refuses to run as root, so root runs it as `postgres`, or as `nobody` where that user is
 * missing: no user is added to the machine. When that user may not enter one of the `paths` (a project
 * below /root, say), the program keeps one capability, to pass directories it could not.
 */
export async function serverUser(paths: string[]): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { owner: undefined, prefix: [] };
  const owner = await unprivilegedUser();
  if (await mayEnter(owner, paths)) return { owner, prefix: [] };
  const capability = await passingCapability();
  const { uid, gid } = owner;
  const prefix = [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    // Without this bit access(2), by which PostgreSQL looks for its own programs, ignores the capability.
    "--securebits=+no_setuid_fixup",
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=-all,+${capability}`,
    "--",
  ];
  return { owner, prefix };
}

/** The `uid` and `gid` for `spawn`; with a prefix it is the prefix that changes the user. */
export function spawnIds(user: ServerUser): { uid?: number; gid?: number } {
  return user.owner && user.prefix.length === 0 ? user.owner : {};
}

/** Gives a file or directory to the user that PostgreSQL runs as. */
export async function give(user: ServerUser, path: string): Promise<void> {
  if (user.owner) await chown(path, user.owner.uid, user.owner.gid);
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line[0] === name) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody` to run it as. " +
      "Run this as an ordinary user.",
  );
}

/** Asks the kernel, as that user: mode bits alone do not know of ACLs and mount options. */
async function mayEnter(user: { uid: number; gid: number }, paths: string[]): Promise<boolean> {
  const script = 'for path in "$@"; do test -x "$path" || exit 1; done';
  const child = spawn("/bin/sh", ["-c", script, "sh", ...paths], { ...user, cwd: "/", stdio: "ignore" });
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}

/** The least capability at hand that passes directories: containers often keep only the second. */
async function passingCapability(): Promise<"dac_read_search" | "dac_override"> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  // Bit numbers from capability.h of Linux.
  if (bounding & (1n << 2n)) return "dac_read_search";
  if (bounding & (1n << 1n)) return "dac_override";
  throw new Error(
    "PostgreSQL does not run as root, and the user it would run as may not enter the project's or the data directory. " +
      "Move the project out of root's home, or run this as an ordinary user.",
  );
}

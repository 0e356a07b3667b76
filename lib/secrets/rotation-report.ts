import type { Rotation } from "@/lib/secrets/rotation";
import type { SealingKeyUse } from "@/lib/secrets/schema";

/** What `npm run secrets:rotate` says at the end, in lines. It names sites and keys and holds no secret. */
export function describeRotation(rotation: Rotation, keys: readonly SealingKeyUse[]): string[] {
  const { resealed, current, outdated, unreadable } = rotation;
  return [
    `${secrets(resealed)} sealed again, ${current} already sealed with the first key, ` +
      `${outdated} still sealed with an older one, ${unreadable.length} could not be opened.`,
    ...unreadable.map(({ site, reason }) => `  ${site}: ${reason}`),
    ...(unreadable.length > 0 ? [UNREADABLE] : []),
    "",
    "Keys in ROSTER_SECRET_KEYS and what they have sealed:",
    ...keys.map(describeKey),
    "",
    ...whatNext(keys),
  ];
}

const UNREADABLE =
  "Put the key that sealed them back into ROSTER_SECRET_KEYS and run this again, or enter these sites' credentials " +
  "again in the dashboard.";

function describeKey({ kid, current, configured, sealed }: SealingKeyUse): string {
  const name = kid ?? "(unreadable)";
  if (current) return `  ${name}: ${sealed}, seals`;
  return `  ${name}: ${sealed}${configured ? "" : ", is not configured"}`;
}

/** When older keys can be taken out. */
function whatNext(keys: readonly SealingKeyUse[]): string[] {
  const older = keys.filter(({ current, configured }) => configured && !current);
  const needed = names(older.filter(({ sealed }) => sealed > 0));
  const free = names(older.filter(({ sealed }) => sealed === 0));
  const lines: string[] = [];
  if (needed) lines.push(`Still needed: ${needed}. Keep it, and run npm run secrets:rotate (again).`);
  if (free) {
    lines.push(
      `No longer needed: ${free}. Take it out of ROSTER_SECRET_KEYS on every server and worker and restart them. ` +
        "A backup of the database from before today still needs it: keep it as safe as the backup, for as long.",
    );
  }
  if (older.length === 0) {
    lines.push("There is one key. To replace it, put a new one in front of it and run this again.");
  }
  return lines;
}

function names(keys: readonly SealingKeyUse[]): string {
  return keys.map(({ kid }) => kid).join(", ");
}

function secrets(count: number): string {
  return count === 1 ? "1 secret" : `${count} secrets`;
}

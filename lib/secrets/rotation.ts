import { type Centre, dataOf } from "@/lib/centre";
import type { SiteRow } from "@/lib/centre-schema/rows";
import {
  channelPlaces,
  credentialsPlace,
  type SealedPlace,
  type Sealer,
  UnsealError,
} from "@/lib/secrets/sealer";

export interface RotationOptions {
  centre: Centre;
  sealer: Sealer;
  /** Whether to seal again; otherwise it is only looked at. */
  write: boolean;
  /** Told after every page how many sites have been looked at, of how many secrets were sealed again. */
  onProgress(sites: number, resealed: number): void;
  /** Ends the work after the sites that are on their way. What is done stays done. */
  signal: AbortSignal;
}

/** What came of a rotation, in secrets. */
export interface Rotation {
  resealed: number;
  /** Already sealed with the first key. */
  current: number;
  /** Can be opened, and are sealed with an older key: in the way of taking it out. */
  outdated: number;
  /** Cannot be opened with any configured key. */
  unreadable: { site: string; reason: string }[];
}

/** Sites per question; their sealed secrets make some 100 kB. */
const PAGE_SIZE = 100;
/** Sites that are written at once. Each is a transaction of its own, so that no sync waits for more than one. */
const LANES = 8;
/** A secret that is saved meanwhile is looked at again; more often it means a server that still seals with an old key. */
const MOST_SWEEPS = 3;

/**
 * Seals every site's secrets with the first key while the system works: a secret is replaced only when it is still the
 * one that was read. It may be interrupted at any point and repeated. Throws what the centre's calls throw.
 */
export async function rotateSecrets(options: RotationOptions): Promise<Rotation> {
  let rotation = await sweep(options, 0);
  const { current } = rotation;
  for (let sweeps = 1; options.write && rotation.outdated > 0 && sweeps < MOST_SWEEPS; sweeps++) {
    if (options.signal.aborted) break;
    rotation = { ...(await sweep(options, rotation.resealed)), current };
  }
  return rotation;
}

async function sweep(options: RotationOptions, resealed: number): Promise<Rotation> {
  const rotation: Rotation = { resealed, current: 0, outdated: 0, unreadable: [] };
  let seen = 0;
  for await (const page of pages(options.centre)) {
    const queue = [...page];
    const lane = async () => {
      while (!options.signal.aborted) {
        const site = queue.shift();
        if (!site) return;
        seen++;
        await rotateSite(site, options, rotation);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    options.onProgress(seen, rotation.resealed);
    if (options.signal.aborted) break;
  }
  await rotateChannels(options, rotation);
  return rotation;
}

type Row = Pick<SiteRow, "id" | "name" | "kind" | "endpoint_url" | "credentials_sealed" | "previous_secrets">;

/** All sites that have credentials, in the order of their ids; disconnected ones have none. */
async function* pages(centre: Centre): AsyncGenerator<Row[]> {
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const page = dataOf(
      await centre
        .from("connected_sites")
        .select("id,name,kind,endpoint_url,credentials_sealed,previous_secrets")
        .not("credentials_sealed", "is", null)
        .gt("id", after)
        .order("id")
        .limit(PAGE_SIZE),
    );
    yield page;
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = last.id;
  }
}

async function rotateSite(site: Row, options: RotationOptions, rotation: Rotation) {
  const place = credentialsPlace({ ...site, url: site.endpoint_url ?? "" });
  const [expired, valid] = previousOf(site);
  const sealed = [site.credentials_sealed ?? "", ...valid].map((text): Sealed => ({ text, place }));
  const resealed = await resealAll(site.name, sealed, options, rotation);
  const count = Object.keys(resealed).length;
  if (count === 0 && expired.length === 0) return;
  const reseal = () => options.centre.rpc("site_reseal", { site_id: site.id, resealed });
  const done = options.write && dataOf(await reseal());
  if (done) rotation.resealed += count;
  else rotation.outdated += count;
}

/** Nobody has as many. */
const MOST_CHANNELS = 1000;

/** Where alerts go: few, one after the other. */
async function rotateChannels(options: RotationOptions, rotation: Rotation) {
  const { centre, write, signal } = options;
  const found = centre.from("alert_channels").select("id,label,url_sealed,secret_sealed");
  const channels = dataOf(await found.not("url_sealed", "is", null).order("id").limit(MOST_CHANNELS));
  for (const { id: channel, label, url_sealed: url, secret_sealed: secret } of channels) {
    if (signal.aborted) return;
    const places = channelPlaces(channel);
    const sealed: Sealed[] = [
      { text: url ?? "", place: places.url },
      { text: secret ?? "", place: places.secret },
    ];
    const resealed = await resealAll(`alerts to ${label}`, sealed, options, rotation);
    const count = Object.keys(resealed).length;
    if (count === 0) continue;
    const done = write && dataOf(await centre.rpc("alert_channel_reseal", { channel, resealed }));
    if (done) rotation.resealed += count;
    else rotation.outdated += count;
  }
}

interface Sealed {
  text: string;
  place: SealedPlace;
}

/** Those of somebody's secrets that are to be replaced, each with what replaces it; counts the others. */
async function resealAll(
  whose: string,
  all: readonly Sealed[],
  { sealer, write }: RotationOptions,
  rotation: Rotation,
): Promise<Record<string, string>> {
  const resealed: Record<string, string> = {};
  for (const { text: sealed, place } of all) {
    try {
      const text = await sealer.open(sealed, place);
      if (sealer.isCurrent(sealed, place)) rotation.current++;
      else resealed[sealed] = write ? await sealer.seal(text, place) : "";
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      rotation.unreadable.push({ site: whose, reason: error.message });
    }
  }
  return resealed;
}

/** Signing secrets that were replaced: those whose time is over, which nobody needs to open, and the others. */
function previousOf({ previous_secrets }: Row): [expired: string[], valid: string[]] {
  const now = new Date();
  const expired = previous_secrets.filter(({ until }) => new Date(until) <= now);
  const valid = previous_secrets.filter(({ until }) => new Date(until) > now);
  return [expired.map(({ sealed }) => sealed), valid.map(({ sealed }) => sealed)];
}

import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { alertText } from "@/lib/alerts/message";
import type {
  Alert,
  AlertChannel,
  ChannelCreated,
  ChannelList,
  ChannelTest,
  CreateChannelInput,
  ListAlertsQuery,
} from "@/lib/alerts/schema";
import { sendTo } from "@/lib/alerts/send";
import { dataOf } from "@/lib/centre";
import type { AlertChannelRow, AlertRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import { env } from "@/lib/env";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { givenMoment } from "@/lib/http/time";
import { pageOf, readCursor, rowsAfterKey } from "@/lib/paging";
import { channelPlaces } from "@/lib/secrets/sealer";
import { refuseAddress } from "@/lib/sites/refuse-address";

const cursorShape = z.tuple([givenMoment, z.uuid()]);
// What the Standard Webhooks libraries generate.
const SECRET_BYTES = 32;

/** Alerts, newest first. */
export async function listAlerts(
  ctx: Context,
  { state, cursor, limit }: ListAlertsQuery,
): Promise<Page<Alert>> {
  const wanted = limit + 1;
  const find = (most: number) => {
    let alerts = ctx.centre.from("alerts").select("id,kind,site_id,site,detail,started_at,ended_at");
    if (state === "open") alerts = alerts.is("ended_at", null);
    if (state === "ended") alerts = alerts.not("ended_at", "is", null);
    return alerts.order("started_at", { ascending: false }).order("id", { ascending: false }).limit(most);
  };
  const after = readCursor(cursor, cursorShape);
  const rows = after
    ? await rowsAfterKey(
        wanted,
        async (most) => dataOf(await find(most).eq("started_at", after[0]).lt("id", after[1])),
        async (most) => dataOf(await find(most).lt("started_at", after[0])),
      )
    : dataOf(await find(wanted));
  return pageOf(rows.map(toAlert), limit, (alert) => [alert.startedAt, alert.id]);
}

const CHANNEL_COLUMNS = "id,kind,label,created_at,created_by,last_sent_at,failing_since,error" as const;
/** Nobody has as many. */
const MOST_CHANNELS = 500;

/** Where alerts go, oldest first. */
export async function listChannels(ctx: Context): Promise<ChannelList> {
  const channels = ctx.centre.from("alert_channels").select(CHANNEL_COLUMNS);
  const rows = dataOf(await channels.order("created_at").order("id").limit(MOST_CHANNELS));
  return { items: rows.map(toChannel), mail: env().smtp !== undefined };
}

/**
 * Adds a channel; it is told of what starts from now on. Throws `validation_failed` for an address that Roster does not
 * connect to.
 */
export async function createChannel(ctx: Context, input: CreateChannelInput): Promise<ChannelCreated> {
  const id = randomUUID();
  if (input.kind === "email") {
    const channel = { id, kind: input.kind, label: input.email, email: input.email };
    dataOf(
      await ctx.centre.rpc("alert_channel_create", { ...channel, url_sealed: null, secret_sealed: null }),
    );
    return await getChannel(ctx, id);
  }
  refuseAddress(ctx, "url", input.url);
  const secret = input.signingSecret ?? `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
  const made = await ctx.centre.rpc("alert_channel_create", {
    id,
    kind: input.kind,
    label: new URL(input.url).host,
    email: null,
    url_sealed: await ctx.sealer.seal(input.url, channelPlaces(id).url),
    secret_sealed: await ctx.sealer.seal(secret, channelPlaces(id).secret),
  });
  dataOf(made);
  const channel = await getChannel(ctx, id);
  return input.signingSecret === undefined ? { ...channel, signingSecret: secret } : channel;
}

/** Removes a channel. Throws `not_found`. */
export async function deleteChannel(ctx: Context, { id }: { id: string }): Promise<AlertChannel> {
  const channel = await getChannel(ctx, id);
  if (!dataOf(await ctx.centre.rpc("alert_channel_delete", { channel: id }))) throw unknownChannel();
  return channel;
}

/** Sends a test message and notes at the channel whether it arrived. Throws `not_found`. */
export async function testChannel(ctx: Context, { id }: { id: string }): Promise<ChannelTest> {
  const found = await ctx.centre
    .from("alert_channels")
    .select("id,kind,email,url_sealed,secret_sealed")
    .eq("id", id)
    .maybeSingle();
  const row = dataOf(found);
  if (!row) throw unknownChannel();
  const { url_sealed: urlSealed, secret_sealed: secretSealed, ...channel } = row;
  const text = "This is a test message from Roster. Alerts will arrive here.";
  const message = {
    id: `alert_test_${randomUUID()}`,
    subject: "Roster: test message",
    text,
    body: { type: "test" },
  };
  const error = await sendTo({ ...channel, urlSealed, secretSealed }, message, ctx);
  dataOf(await ctx.centre.rpc("alert_channel_settle", { channel: id, error }));
  return { ok: error === null, error };
}

async function getChannel(ctx: Context, id: string): Promise<AlertChannel> {
  const found = await ctx.centre.from("alert_channels").select(CHANNEL_COLUMNS).eq("id", id).maybeSingle();
  const row = dataOf(found);
  if (!row) throw unknownChannel();
  return toChannel(row);
}

function unknownChannel(): AppError {
  return new AppError("not_found", "No alert channel has this id.");
}

function toAlert({ site_id, started_at, ended_at, ...alert }: Omit<AlertRow, "calm_since">): Alert {
  return { ...alert, text: alertText(alert), siteId: site_id, startedAt: started_at, endedAt: ended_at };
}

type ShownChannel = Omit<AlertChannelRow, "email" | "url_sealed" | "secret_sealed">;

function toChannel({
  created_at,
  created_by,
  last_sent_at,
  failing_since,
  ...channel
}: ShownChannel): AlertChannel {
  return {
    ...channel,
    createdAt: created_at,
    createdBy: created_by,
    lastSentAt: last_sent_at,
    failingSince: failing_since,
  };
}

import { channelCreated, channelList, createChannelInput } from "@/lib/alerts/schema";
import { createChannel, listChannels } from "@/lib/alerts/service";
import { otherMethods, route } from "@/lib/http/route";

export const GET = route(
  {
    id: "listAlertChannels",
    summary: "Lists where alerts go, and whether they arrive.",
    access: "sites:write",
    answers: { 200: channelList },
  },
  listChannels,
);

export const POST = route(
  {
    id: "createAlertChannel",
    summary: "Has alerts sent to an e-mail address or a webhook as well.",
    description:
      "A webhook gets `POST` with the Standard Webhooks headers and the body `{type: 'alert.started' | 'alert.ended' | " +
      "'test', text, alert?: {id, kind, siteId, site, detail, startedAt, endedAt}}`; chat tools show `text`. The " +
      "`webhook-id` of a repetition is the same.",
    access: "sites:write",
    body: createChannelInput,
    example: { kind: "email", email: "ops@example.com" },
    answers: { 201: channelCreated },
  },
  createChannel,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });

import { channelParams, channelTest } from "@/lib/alerts/schema";
import { testChannel } from "@/lib/alerts/service";
import { otherMethods, route } from "@/lib/http/route";

export const POST = route(
  {
    id: "testAlertChannel",
    summary: "Sends a test message there, and says whether it was taken.",
    access: "sites:write",
    params: channelParams,
    answers: { 200: channelTest },
  },
  testChannel,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });

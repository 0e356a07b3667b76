import { alertChannel, channelParams } from "@/lib/alerts/schema";
import { deleteChannel } from "@/lib/alerts/service";
import { otherMethods, route } from "@/lib/http/route";

export const DELETE = route(
  {
    id: "deleteAlertChannel",
    summary: "Sends no alerts there any more.",
    access: "sites:write",
    params: channelParams,
    answers: { 200: alertChannel },
  },
  deleteChannel,
);

export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods({ DELETE });

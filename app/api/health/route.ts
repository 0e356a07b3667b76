import { checkHealth, health } from "@/lib/health";
import { otherMethods, route } from "@/lib/http/route";

export const GET = route(
  {
    id: "getHealth",
    summary: "Says whether Roster and its central project answer.",
    access: "public",
    anyHost: true,
    answers: { 200: health },
  },
  checkHealth,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

import { otherMethods, route } from "@/lib/http/route";
import { PROMETHEUS } from "@/lib/metrics/exposition";
import { readMetrics } from "@/lib/metrics/service";

export const GET = route(
  {
    id: "getMetrics",
    summary: "Numbers for monitoring, in the text format of Prometheus.",
    description: "Read from sums that are kept anyway: asking every few seconds costs little.",
    access: "metrics:read",
    answers: { 200: { text: PROMETHEUS } },
  },
  readMetrics,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

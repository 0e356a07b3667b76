import { otherMethods, route } from "@/lib/http/route";
import { matrix, matrixInput } from "@/lib/runs/insight-schema";
import { getMatrix } from "@/lib/runs/status";

export const POST = route(
  {
    id: "getSyncMatrix",
    summary: "Tells the states of up to 500 users at every site.",
    access: "sync:read",
    body: matrixInput,
    answers: { 200: matrix },
  },
  getMatrix,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });

import { otherMethods, route } from "@/lib/http/route";
import { matrix, matrixInput } from "@/lib/runs/insight-schema";
import { getMatrix } from "@/lib/runs/status";

export const POST = route(
  {
    id: "getSyncMatrix",
    summary: "Tells the states of up to 500 users at every site.",
    access: "sync:read",
    body: matrixInput,
    example: { userIds: ["0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11"] },
    answers: { 200: matrix },
  },
  getMatrix,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });

import { otherMethods, route } from "@/lib/http/route";
import { sealingKeys } from "@/lib/secrets/schema";
import { listSealingKeys } from "@/lib/secrets/service";

export const GET = route(
  {
    id: "listSealingKeys",
    summary: "Tells which keys of ROSTER_SECRET_KEYS have sealed how many secrets.",
    access: "sites:read",
    answers: { 200: sealingKeys },
  },
  listSealingKeys,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

import { drain } from "@/lib/drain";
import { otherMethods, route } from "@/lib/http/route";
import { drainInput } from "@/lib/runs/schema";

export const POST = route({ access: "drain", body: drainInput }, drain);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });

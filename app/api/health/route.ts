import { checkHealth } from "@/lib/health";
import { otherMethods, route } from "@/lib/http/route";

export const GET = route({ access: "public", anyHost: true }, checkHealth);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

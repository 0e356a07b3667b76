import { otherMethods, route } from "@/lib/http/route";
import { assertInput } from "@/lib/runs/schema";
import { assertList } from "@/lib/runs/service";

export const POST = route({ access: "sync:run", body: assertInput, status: 202 }, assertList);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });

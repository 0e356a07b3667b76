import { otherMethods, route } from "@/lib/http/route";
import { listPeopleQuery, personPage } from "@/lib/runs/insight-schema";
import { listPeople } from "@/lib/runs/status";

export const GET = route(
  {
    id: "listPeople",
    summary: "Lists users by name: everybody, those a search matches, or those in a state at some sites.",
    description: "The rows of the matrix; `POST /api/sync/matrix` has their states.",
    access: "sync:read",
    query: listPeopleQuery,
    answers: { 200: personPage },
  },
  listPeople,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

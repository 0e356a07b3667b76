import { otherMethods, route } from "@/lib/http/route";
import { previewInvitation } from "@/lib/session/joining";
import { invitationPreview, previewQuery } from "@/lib/session/schema";

export const GET = route(
  {
    id: "previewInvitation",
    summary: "Says what an invitation is for, to whoever has its link.",
    access: "public",
    query: previewQuery,
    answers: { 200: invitationPreview },
    errors: ["not_found"],
  },
  previewInvitation,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });

import { otherMethods, route } from "@/lib/http/route";
import { setCredentials } from "@/lib/sites/credentials";
import { anyCredentialsInput, credentialsSaved } from "@/lib/sites/credentials-schema";
import { siteParams } from "@/lib/sites/schema";

export const PUT = route(
  {
    id: "setSiteCredentials",
    summary: "Saves how Roster reaches a site, and sends everybody there.",
    description:
      "Give `supabaseUrl` and `supabaseKey` for a Supabase project, `webhookUrl` and `signingSecret` for an HTTP " +
      "endpoint. Credentials are stored sealed and are never answered again.",
    access: "sites:write",
    params: siteParams,
    body: anyCredentialsInput,
    example: {
      supabaseUrl: "https://abcdefghijklmnopqrst.supabase.co",
      supabaseKey: "sb_secret_paste_yours_here",
    },
    answers: { 200: credentialsSaved },
    errors: ["conflict"],
  },
  setCredentials,
);

export const { GET, POST, PATCH, DELETE, OPTIONS } = otherMethods({ PUT });

import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SecretsView } from "@/components/secrets/secrets-view";

export const metadata: Metadata = { title: "Secrets" };

export default async function SecretsPage() {
  await requireMember("/settings/secrets");
  return <SecretsView />;
}
